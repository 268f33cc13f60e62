// Where Alertmanager sends alerts to, in a test.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Scope } from './servers.ts';
import { waitFor } from './wait.ts';

export interface ReceivedAlert {
  readonly status: 'firing' | 'resolved';
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface WebhookReceiver {
  readonly url: string;
  readonly received: readonly ReceivedAlert[];
  /** Resolves with the first alert of this name that fires, whenever it came. */
  firing(name: string, withinMs?: number): Promise<ReceivedAlert>;
}

const ARRIVES_WITHIN_MS = 40_000;

export async function startWebhookReceiver(t: Scope): Promise<WebhookReceiver> {
  const received: ReceivedAlert[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => {
      body += chunk;
    });
    request.on('end', () => {
      received.push(...(JSON.parse(body) as { alerts: ReceivedAlert[] }).alerts);
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(async () => {
    server.closeAllConnections();
    server.close();
  });
  const isIt = (name: string) => (alert: ReceivedAlert) => alert.status === 'firing' && alert.labels.alertname === name;
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    received,
    firing: (name, withinMs = ARRIVES_WITHIN_MS) =>
      waitFor(`${name} arrives (so far: ${describe(received)})`, () => received.find(isIt(name)), { withinMs }).catch(
        () => {
          throw new Error(`${name} did not arrive in ${withinMs} ms, but ${describe(received)}`);
        },
      ),
  };
}

export function describe(alerts: readonly ReceivedAlert[]): string {
  const names = alerts.map(({ status, labels }) => `${labels.alertname} (${status})`);
  return [...new Set(names)].join(', ') || 'nothing';
}
