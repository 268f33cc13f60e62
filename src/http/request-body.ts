// The body of an issue request: read to its end and dropped, because many clients send one although none is needed.
// Promise: it settles once, within a bound of bytes and time (I6), and never in the turn in which bytes arrived.
// uWebSockets.js parses on behind the end of a body in the same packet. An answer that is written in that turn does not
// stop it; a request without an answer does: the connection is closed before a second request is handled.
import type { HttpResponse } from './engine/engine.ts';

export const BODY_BYTES_MAX = 4096;
/** From the headers to the last byte. The rest of the issue deadline (2 s unless set) is for the decision. */
const BODY_WITHIN_MS = 1000;

/**
 * To be called while the handler of the request runs.
 * @param settle called with null at the body's end, or with why the body is refused
 */
export function dropBody(response: HttpResponse, settle: (refusal: string | null) => void): void {
  let bytes = 0;
  let settled = false;
  const end = (refusal: string | null) => {
    if (settled) return;
    settled = true;
    clearTimeout(timer);
    setImmediate(settle, refusal);
  };
  const timer = setTimeout(end, BODY_WITHIN_MS, `The body did not arrive within ${BODY_WITHIN_MS} ms`);
  response.onData((chunk, isLast) => {
    bytes += chunk.byteLength;
    if (bytes > BODY_BYTES_MAX) end(`The body is longer than ${BODY_BYTES_MAX} bytes`);
    else if (isLast) end(null);
  });
}
