import type { ComponentChildren } from 'preact';
import type { Tone } from './badge.tsx';

interface FigureProps {
  readonly label: string;
  /** Already formatted. */
  readonly value: string;
  readonly unit?: string;
  readonly note?: ComponentChildren;
  readonly tone?: Tone | undefined;
  readonly size?: 'plain' | 'large' | 'huge';
  /** It is older than it should be: shown faded, and said. */
  readonly stale?: boolean;
}

/** One figure with its name. Its digits have one width, so nothing moves while it counts. */
export function Figure({ label, value, unit, note, tone, size = 'plain', stale }: FigureProps) {
  return (
    <div class={`figure ${size}${tone ? ` ${tone}` : ''}${stale ? ' stale' : ''}`}>
      <span class="figure-label">{label}</span>
      <span class="figure-value">
        {value}
        {unit ? <span class="figure-unit"> {unit}</span> : null}
      </span>
      {note ? <span class="figure-note">{note}</span> : null}
    </div>
  );
}
