// What a dry run says against a move.
import type { ApiError } from '../../api.ts';
import type { Loaded } from '../../load.ts';
import { ErrorNotice, Notice } from '../../parts/notice.tsx';
import { t } from '../../texts.ts';
import { Conflict, type Seen } from './seen.tsx';

/**
 * Whether the server would refuse the move. Anything else says nothing about it: the session may have ended, or a
 * store is down, and a pause works all the same.
 */
export function isRefusal(error: ApiError | null): boolean {
  return error !== null && error.status >= 400 && error.status < 500 && error.status !== 401;
}

export function PlanProblem({ plan, seen }: { readonly plan: Loaded<unknown>; readonly seen: Seen }) {
  const { error, reload } = plan;
  if (error === null) return null;
  if (!isRefusal(error)) {
    return <Notice tone="note" title={t('rush.notChecked')} action={{ text: t('frame.retry'), onPress: reload }} />;
  }
  return (
    <>
      <ErrorNotice error={error} />
      <Conflict error={error} seen={seen} />
    </>
  );
}
