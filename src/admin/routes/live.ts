// The live stream of the console.
import { liveEvents } from '../live-schemas.ts';
import { type AdminRoute, route } from '../route.ts';
import { IDLE_MS } from '../sessions.ts';

/** Whether the operator still may, is asked as often. */
const LOOK_EVERY_MS = 1000;
/** Then the browser connects again, and its session is renewed: a page that is open is in use. */
const STREAM_MS_MAX = IDLE_MS / 2;

export const liveRoutes: readonly AdminRoute[] = [
  route({
    method: 'GET',
    path: '/admin/v1/live',
    operationId: 'readLive',
    summary: 'What happens now, as server-sent events',
    description:
      'First one `history`, with up to 300 samples, one a second; then a `look` once a second, four times a second ' +
      'while coupons are issued. If a store does not answer, it is `unreachable`, and shown as it was at `storesAt`. ' +
      'The stream ends when the session or token is not in force any more, and after 15 minutes: connect again.',
    answer: liveEvents,
    mediaTypes: ['text/event-stream'],
    endless: true,
    storeless: true,
    problems: ['OVERLOADED'],
    async handle(_servers, { live, session }) {
      return { body: live.events(whileInForce(() => session.isInForce())), mediaType: 'text/event-stream' };
    },
  }),
];

function whileInForce(isInForce: () => boolean): () => boolean {
  const endMs = performance.now() + STREAM_MS_MAX;
  let askedMs = performance.now();
  return () => {
    const nowMs = performance.now();
    if (nowMs >= endMs) return false;
    if (nowMs - askedMs < LOOK_EVERY_MS) return true;
    askedMs = nowMs;
    return isInForce();
  };
}
