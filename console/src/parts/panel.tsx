import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import { may, neededRole } from '../session-state.ts';
import { t } from '../texts.ts';

interface PanelProps {
  readonly title: string;
  /** On the right of the title. */
  readonly aside?: ComponentChildren;
  readonly children?: ComponentChildren;
  readonly class?: string;
  /** Of a role that may not use it, the panel says so, and has nothing else. */
  readonly needs?: Parameters<typeof may>[0];
}

/** A part of a page, with its title. */
export function Panel({ title, aside, children, class: name, needs }: PanelProps) {
  const id = useId();
  const lacking = needs !== undefined && !may(needs) ? neededRole(needs) : null;
  return (
    <section class={`panel${name ? ` ${name}` : ''}`} aria-labelledby={id}>
      <div class="panel-head">
        <h2 id={id}>{title}</h2>
        {aside && lacking === null ? <div class="panel-aside">{aside}</div> : null}
      </div>
      {lacking === null ? children : <p class="muted">{t('frame.needsRole', { role: lacking })}</p>}
    </section>
  );
}

/** The title of a page, what is said about it, and what can be done on it. */
export function PageHead({
  title,
  children,
  actions,
}: {
  title: string;
  children?: ComponentChildren;
  actions?: ComponentChildren;
}) {
  return (
    <div class="page-head">
      <div>
        <h1 tabIndex={-1}>{title}</h1>
        {children ? <div class="page-sub">{children}</div> : null}
      </div>
      {actions ? <div class="page-actions">{actions}</div> : null}
    </div>
  );
}
