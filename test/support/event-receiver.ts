// A receiver of webhooks, as a shop would write it: a real HTTP server that checks the signature, and does wrong what a
// test asks for.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Scope } from './servers.ts';

export const WEBHOOK_SECRET = 'whsec_of_the_tests_0123';
const TOLERANCE_MS = 300_000;

export interface ReceivedEvent {
  readonly id: number;
  readonly type: string;
  readonly couponId: number;
  readonly userId: number | null;
  readonly sequence: number | null;
  readonly at: string;
}

/** As docs/events.md tells receivers to do it. */
export function verifySignature(body: string, header: string, secret: string, nowMs: number): boolean {
  const parts = header.split(',').map((part) => part.split('=', 2) as [string, string]);
  const time = parts.find(([name]) => name === 't')?.[1] ?? '';
  if (!(Math.abs(nowMs - Number(time) * 1000) <= TOLERANCE_MS)) return false;
  const expected = createHmac('sha256', secret).update(`${time}.${body}`).digest();
  return parts.some(([name, value]) => {
    const given = Buffer.from(value, 'hex');
    return name === 'v1' && given.length === expected.length && timingSafeEqual(given, expected);
  });
}

/** @returns whether it has answered; if not, the event is accepted with 200 */
export type Misbehaviour = (response: ServerResponse, request: IncomingMessage) => boolean;

export interface EventReceiver {
  readonly url: string;
  /** In the order of their arrival, repeated ones included. */
  readonly received: ReceivedEvent[];
  /** Ids, each once, in the order in which it came first. */
  readonly firsts: ReadonlyMap<number, ReceivedEvent>;
  readonly requests: { readonly path: string; readonly at: number }[];
  /** Signatures that were wrong. */
  readonly forged: string[];
  misbehave(how: Misbehaviour | null): void;
}

export async function startEventReceiver(t: Scope): Promise<EventReceiver> {
  const received: ReceivedEvent[] = [];
  const firsts = new Map<number, ReceivedEvent>();
  const requests: { path: string; at: number }[] = [];
  const forged: string[] = [];
  let misbehaviour: Misbehaviour | null = null;
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => {
      body += chunk;
    });
    request.on('end', () => {
      requests.push({ path: request.url ?? '', at: performance.now() });
      const signature = String(request.headers['couponrush-signature']);
      if (!verifySignature(body, signature, WEBHOOK_SECRET, Date.now())) forged.push(signature);
      if (misbehaviour?.(response, request)) return;
      for (const event of (JSON.parse(body) as { events: ReceivedEvent[] }).events) {
        received.push(event);
        if (!firsts.has(event.id)) firsts.set(event.id, event);
      }
      response.end('thanks');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(async () => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    received,
    firsts,
    requests,
    forged,
    misbehave(how) {
      misbehaviour = how;
    },
  };
}
