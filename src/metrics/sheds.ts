// Requests refused early, and why.
import { counter } from './registry.ts';

/**
 * `inflight`: too many wait for an answer. `queue_delay`: the wait for Redis would be too long. `waited`: it was.
 * `client_left`: nobody was there any more when its batch was made. `outbox_full`: too much waits for MySQL.
 */
export const shedReasons = ['inflight', 'queue_delay', 'waited', 'client_left', 'outbox_full'] as const;
export type ShedReason = (typeof shedReasons)[number];

const sheds = counter({
  name: 'sheds_total',
  help: 'Issue requests that were refused before Redis decided, by reason.',
  labels: ['reason'],
});
const children = Object.fromEntries(shedReasons.map((reason) => [reason, sheds.labels(reason)])) as Record<
  ShedReason,
  ReturnType<typeof sheds.labels>
>;
for (const reason of shedReasons) children[reason].inc(0);

export function countShed(reason: ShedReason, requests = 1): void {
  children[reason].inc(requests);
}
