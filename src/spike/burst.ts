// The load itself, in a process of its own: many users at once, one connection and one request each, by autocannon.
// Promise: exactly one Attempt for each user given, whatever happened, in the order in which they ended.
// autocannon counts answers but doesn't tell whose they are, and a connection that is closed without an answer is no
// error to it. So each of its clients gets one request with a record of its own, written by that client's events.
import autocannon from 'autocannon';
import { type Attempt, readAnswer } from '../history/attempt.ts';
import type { BurstOrder } from './messages.ts';

/** autocannon looks this often whether it is done. */
const SAMPLE_MS = 50;

/** The part of a client that its types leave out: the socket, there from the first `request` event on. */
type Client = autocannon.Client & {
  readonly conn: { once(event: 'connectionAttempt' | 'connect', listener: () => void): void };
  once(event: 'request' | 'timeout' | 'done', listener: () => void): Client;
  once(event: 'connError', listener: (error: Error & { code?: string }) => void): Client;
};

/** @param onAnswered called the moment the last answer, or failure, is there */
export async function burst(order: BurstOrder, onAnswered: () => void): Promise<Attempt[]> {
  const attempts: Attempt[] = [];
  const users = order.users.values();
  const record = (attempt: Attempt) => {
    attempts.push(attempt);
    if (attempts.length === order.users.length) onAnswered();
  };
  await autocannon({
    url: order.url,
    connections: order.users.length,
    amount: order.users.length,
    timeout: order.timeoutSeconds,
    // The type knows only whole seconds for it; the library takes milliseconds.
    ...{ sampleInt: SAMPLE_MS },
    setupClient: (client) => ask(client as Client, users.next().value as number, order.couponId, record),
  });
  return attempts;
}

/** performance.now() as milliseconds since 1970: comparable between processes, and never set back while one runs. */
function now(): number {
  return performance.timeOrigin + performance.now();
}

function ask(client: Client, user: number, couponId: number, record: (attempt: Attempt) => void): void {
  let startedAtMs = now();
  let sentAtMs: number | null = null;
  let answer: ReturnType<typeof readAnswer> | null = null;
  let replayed = false;
  let error: string | null = null;

  client.setRequests([
    {
      method: 'POST',
      path: `/api/v2/me/coupons/${couponId}/issue`,
      headers: { 'Content-Type': 'application/json', 'Commerce-User-Id': String(user) },
      onResponse(status, body, _context, headers) {
        answer = readAnswer(user, status, body);
        replayed = Object.keys(headers ?? {}).some((name) => name.toLowerCase() === 'idempotent-replayed');
      },
    },
  ]);
  client.once('request', () => {
    // Thousands of clients are made before the first of them connects: the user's time begins with the connection.
    client.conn.once('connectionAttempt', () => {
      startedAtMs = now();
    });
    client.conn.once('connect', () => {
      sentAtMs = now();
    });
  });
  client.once('connError', (failure) => {
    error = failure.code ?? failure.message;
  });
  // Comes after `done`, so the record waits for the end of this turn where there is no answer.
  client.once('timeout', () => {
    error = 'no answer in time';
  });
  client.once('done', () => {
    const endedAtMs = now();
    const settle = () => {
      const none = { status: null, code: null, sequence: null, error: error ?? 'closed without an answer' };
      record({ user, ...(answer ?? none), replayed, startedAtMs, sentAtMs, endedAtMs });
    };
    if (answer === null && error === null) setImmediate(settle);
    else settle();
  });
}
