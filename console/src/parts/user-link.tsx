import type { UserId } from '../api-types.ts';
import { linkTo } from '../route.ts';

/** The id of a user, or of an erased one, which leads to all that is known of them. */
export function UserLink({ userId }: { readonly userId: UserId }) {
  return (
    <a href={linkTo('user', { userId })}>
      <code>{String(userId)}</code>
    </a>
  );
}
