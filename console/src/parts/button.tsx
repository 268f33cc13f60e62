import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';

export interface ButtonProps {
  readonly children: ComponentChildren;
  /** main: the one thing to do here. stop: it takes something from users. */
  readonly kind?: 'main' | 'plain' | 'stop' | 'quiet' | undefined;
  readonly type?: 'button' | 'submit';
  readonly small?: boolean;
  readonly busy?: boolean;
  /** Why it does not work now: it stays reachable by keyboard, so that the reason can be read. */
  readonly unless?: string | null | undefined;
  /** If the text alone does not say it. */
  readonly label?: string;
  readonly onPress?: () => void;
}

export function Button({
  children,
  kind = 'plain',
  type = 'button',
  small,
  busy,
  unless,
  label,
  onPress,
}: ButtonProps) {
  const id = useId();
  const off = Boolean(unless) || busy === true;
  return (
    <>
      <button
        type={type}
        class={`button ${kind}${small ? ' small' : ''}${busy ? ' busy' : ''}`}
        aria-disabled={off}
        aria-label={label}
        aria-describedby={unless ? id : undefined}
        title={unless ?? undefined}
        onClick={(event) => {
          if (off) event.preventDefault();
          else onPress?.();
        }}
      >
        {children}
      </button>
      {unless ? (
        <span id={id} class="unseen">
          {unless}
        </span>
      ) : null}
    </>
  );
}
