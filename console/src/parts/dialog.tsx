// A question before a change: what will happen in one sentence, a reason for the audit, and what went wrong, with
// what was typed still there.
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { type Change, useChange } from '../load.ts';
import { t } from '../texts.ts';
import { Button } from './button.tsx';
import { TextField } from './field.tsx';
import { ErrorNotice } from './notice.tsx';

interface DialogProps {
  readonly title: string;
  readonly children: ComponentChildren;
  /** Not given: it can't be closed. */
  readonly onClose?: (() => void) | undefined;
  readonly wide?: boolean;
}

/** Above everything, with the keyboard inside; Escape closes it, and the focus goes back to where it was. */
export function Dialog({ title, children, onClose, wide }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const before = document.activeElement;
    element.current?.showModal();
    return () => {
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  return (
    <dialog
      ref={element}
      class={wide ? 'wide' : undefined}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose?.();
      }}
      onClose={() => {
        // A browser closes it at a second Escape without asking.
        if (onClose) onClose();
        else element.current?.showModal();
      }}
    >
      <h2 id={id}>{title}</h2>
      {children}
    </dialog>
  );
}

export interface ConfirmProps {
  readonly title: string;
  /** What will happen. */
  readonly children: ComponentChildren;
  /** What the button says: the verb. */
  readonly verb: string;
  readonly kind?: 'main' | 'stop';
  /** Whether the audit table takes a reason; required: the server refuses it without one. */
  readonly reason?: 'none' | 'optional' | 'required';
  /** Why it can't be done as things are. */
  readonly unless?: string | null;
  /** It closes after success; after a failure it stays open and says what went wrong. */
  readonly onConfirm: (reason: string | undefined) => Promise<unknown>;
  readonly onClose: () => void;
  /** After success, instead of onClose. */
  readonly onDone?: () => void;
  /** More under an error: what to do about a conflict. */
  readonly afterError?: (change: Change) => ComponentChildren;
}

export function Confirm(props: ConfirmProps) {
  const {
    title,
    children,
    verb,
    kind = 'main',
    reason = 'optional',
    unless,
    onConfirm,
    onClose,
    onDone,
    afterError,
  } = props;
  const [text, setText] = useState('');
  const change = useChange();
  const trimmed = text.trim();
  const missing = reason === 'required' && trimmed === '' ? t('frame.reasonMissing') : null;
  const submit = async () => {
    if (unless || missing) return;
    if (await change.run(() => onConfirm(trimmed === '' ? undefined : trimmed))) (onDone ?? onClose)();
  };
  return (
    <Dialog title={title} onClose={change.busy ? undefined : onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <div class="dialog-text">{children}</div>
        {reason === 'none' ? null : (
          <TextField
            label={reason === 'required' ? t('frame.reason') : t('frame.reasonOptional')}
            value={text}
            onInput={setText}
            maxLength={500}
          />
        )}
        <ErrorNotice error={change.error} />
        {change.error ? afterError?.(change) : null}
        <div class="dialog-buttons">
          <Button onPress={onClose} unless={change.busy ? t('frame.working') : null}>
            {t('frame.cancel')}
          </Button>
          <Button kind={kind} type="submit" busy={change.busy} unless={unless ?? missing}>
            {change.busy ? t('frame.working') : verb}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
