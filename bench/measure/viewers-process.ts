// The process of ./viewers.ts: one connection for each viewer.
import { get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ViewersOrder } from './viewers.ts';

const LOOK = Buffer.from('event: look\n');
/** A first look takes a second, on a busy machine longer. */
const FIRST_WITHIN_MS = 30_000;

let looks = 0;
let bytes = 0;
let problem: string | null = null;

function watch({ adminUrl, token }: ViewersOrder): () => boolean {
  let hasSeen = false;
  const headers = { authorization: `Bearer ${token}` };
  const request = get(`${adminUrl}/admin/v1/live`, { headers, agent: false }, (response) => {
    if (response.statusCode !== 200) problem = `a viewer was answered ${response.statusCode}`;
    response.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      // An event is sent as one text, so its name is hardly ever split between two chunks.
      for (let at = chunk.indexOf(LOOK); at !== -1; at = chunk.indexOf(LOOK, at + LOOK.length)) {
        looks += 1;
        hasSeen = true;
      }
    });
    response.once('close', () => {
      problem = 'the stream of a viewer ended';
    });
  });
  request.once('error', (error) => {
    problem = `a viewer lost its stream: ${error.message}`;
  });
  return () => hasSeen;
}

async function open(order: ViewersOrder): Promise<void> {
  const viewers = Array.from({ length: order.count }, () => watch(order));
  const untilMs = performance.now() + FIRST_WITHIN_MS;
  while (problem === null && !viewers.every((hasSeen) => hasSeen())) {
    if (performance.now() > untilMs) problem = 'a viewer has seen no look';
    await sleep(20);
  }
  answer();
}

function answer(): void {
  process.send?.(problem ?? { looks, bytes });
  looks = bytes = 0;
}

process.on('message', (message: ViewersOrder | 'saw') => {
  if (message === 'saw') answer();
  else void open(message);
});
process.once('disconnect', () => process.exit());
