import type { ComponentChildren } from 'preact';
import type { ApiError } from '../api.ts';
import { UNREACHABLE } from '../api.ts';
import { neededRole } from '../session-state.ts';
import { t, textOf } from '../texts.ts';
import type { Tone } from './badge.tsx';
import { Button } from './button.tsx';

interface NoticeProps {
  readonly tone?: Tone;
  readonly title: string;
  readonly children?: ComponentChildren;
  readonly action?: { readonly text: string; readonly onPress: () => void } | undefined;
}

/** What the operator must know before they go on. Bad news is read aloud at once. */
export function Notice({ tone = 'quiet', title, children, action }: NoticeProps) {
  return (
    <div class={`notice ${tone}`} role={tone === 'bad' ? 'alert' : 'status'}>
      <p class="notice-title">{title}</p>
      {children ? <div class="notice-text">{children}</div> : null}
      {action ? (
        <Button small onPress={action.onPress}>
          {action.text}
        </Button>
      ) : null}
    </div>
  );
}

/** What went wrong, what the server says of it, and what to do. */
export function ErrorNotice({ error, onRetry }: { readonly error: ApiError | null; readonly onRetry?: () => void }) {
  if (error === null) return null;
  const title = textOf(`errors.${error.code}`, t('errors.other', { code: error.code }));
  return (
    <Notice tone="bad" title={title} action={onRetry && { text: t('frame.retry'), onPress: onRetry }}>
      {error.detail && error.fields.length === 0 && error.code !== UNREACHABLE ? <p>{error.detail}</p> : null}
      {error.fields.length > 0 ? (
        <ul>
          {error.fields.map(({ field, problem }) => (
            <li key={field}>
              <strong>{field.replace(/^\//, '')}</strong> {problem}
            </li>
          ))}
        </ul>
      ) : null}
    </Notice>
  );
}

/** A list that has nothing: why, and what to do about it. */
export function Empty({ title, children }: { readonly title: string; readonly children?: ComponentChildren }) {
  return (
    <div class="empty">
      <p class="empty-title">{title}</p>
      {children ? <p>{children}</p> : null}
    </div>
  );
}

/** Before the first answer. It takes the room of what will be there. */
export function Loading({ lines = 3 }: { readonly lines?: number }) {
  return (
    <div class="loading" role="status">
      <span class="unseen">{t('frame.loading')}</span>
      {Array.from({ length: lines }, (_, index) => (
        <span key={index} class="loading-line" />
      ))}
    </div>
  );
}

/** A page that this role may not see. */
export function NotAllowed({ operation }: { readonly operation: Parameters<typeof neededRole>[0] }) {
  return (
    <Notice tone="note" title={t('errors.FORBIDDEN_OPERATOR')}>
      <p>{t('frame.needsRole', { role: neededRole(operation) })}</p>
    </Notice>
  );
}
