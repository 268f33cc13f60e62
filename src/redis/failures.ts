// What an error of Redis or of its client library means: the only place that knows their texts. An outage passes by
// itself, and every caller bears it: Redis is unreachable, is still loading, is full or may not write. Anything else
// is a defect, of ours or of the setup.

/** The first word of an error that Redis answers. */
const OUTAGE_REPLIES = new Set([
  ...['OOM', 'LOADING', 'READONLY', 'MASTERDOWN', 'MISCONF', 'BUSY', 'NOREPLICAS', 'CLUSTERDOWN', 'TRYAGAIN'],
]);
/** As Node and the kernel name them. */
const OUTAGE_CODES = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH'],
  ...['ENOTFOUND', 'EAI_AGAIN', 'NR_CLOSED'],
]);
const UNREACHABLE = /^(Connection is closed|Command timed out|Socket timeout|Stream isn't writeable|connect ETIMEDOUT)/;

/** @returns a word for the outage, such as `OOM` or `UNREACHABLE`; null: the error is none */
export function redisOutage(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  const [word = ''] = error.message.split(' ', 1);
  if (error.name === 'ReplyError') return OUTAGE_REPLIES.has(word) ? word : null;
  const { code } = error as { code?: unknown };
  const unreachable =
    error.name === 'MaxRetriesPerRequestError' ||
    (typeof code === 'string' && OUTAGE_CODES.has(code)) ||
    UNREACHABLE.test(error.message);
  return unreachable ? 'UNREACHABLE' : null;
}
