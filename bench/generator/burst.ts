// A rush: every user opens a connection at once, asks, and closes it.
import { Client, type ClientEvents } from './client.ts';
import type { GeneratorRecord, Order } from './messages.ts';
import { IssueRequestBytes } from './request.ts';
import { Tally } from './tally.ts';

/** Connections from one address; the kernel has about 28,000 ports, and those of the last minute are not free yet. */
const CONNECTIONS_AN_ADDRESS = 5000;
const ADDRESSES = 200;
let bursts = 0;

export async function runBurst(order: Order): Promise<GeneratorRecord> {
  const { load, port, couponIds, firstUser, asksEach } = order;
  if (load.kind !== 'burst') throw new Error('not a burst');
  const requests = couponIds.map((couponId) => new IssueRequestBytes(port, couponId));
  const tally = new Tally(couponIds.length, order.keepAnswers);
  const left = new Map<Client, number>();
  bursts += 1;
  await new Promise<void>((resolve) => {
    let open = load.users;
    const over = () => {
      open -= 1;
      if (open === 0) finish();
    };
    const events: ClientEvents = {
      onConnect: (client) => client.send((requests[client.couponIndex] as IssueRequestBytes).of(client.user)),
      onAnswer(client, status) {
        tally.answered(status, client.startedMs, client.couponIndex, client.user);
        const asks = (left.get(client) as number) - 1;
        if (asks > 0) {
          left.set(client, asks);
          client.startedMs = performance.now();
          client.send((requests[client.couponIndex] as IssueRequestBytes).of(client.user));
          return;
        }
        left.delete(client);
        client.close();
        over();
      },
      onEnd(client) {
        if (!left.delete(client)) return;
        tally.failed(client.user);
        over();
      },
    };
    const timeout = setTimeout(() => {
      for (const client of left.keys()) {
        tally.failed(client.user);
        client.close();
      }
      finish();
    }, load.timeoutSeconds * 1000);
    function finish(): void {
      clearTimeout(timeout);
      resolve();
    }
    for (let index = 0; index < load.users; index++) {
      const address = 2 + ((bursts * 7 + Math.floor(index / CONNECTIONS_AN_ADDRESS)) % ADDRESSES);
      const client = new Client(port, index % couponIds.length, events, `127.0.0.${address}`);
      client.user = firstUser + index;
      client.startedMs = performance.now();
      left.set(client, asksEach);
    }
  });
  return tally.record();
}
