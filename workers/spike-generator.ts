// The load generator of the spike command: one burst, then its record, then the end.
import { Burst } from '../src/spike/burst.ts';
import type { BurstOrder, FromGenerator, ToGenerator } from '../src/spike/messages.ts';

process.title = 'couponrush spike generator';

const send = (message: FromGenerator, sent?: () => void) => process.send?.(message, undefined, undefined, sent);
let begin: (atMs: number) => void = () => {};
let stop: () => void = () => {};
let stopped = false;

async function carryOut(order: BurstOrder): Promise<void> {
  const burst = await Burst.prepare(order);
  stop = () => burst.stop();
  if (stopped) stop();
  const start = new Promise<number>((resolve) => {
    begin = resolve;
  });
  send({ kind: 'prepared' });
  const atMs = await start;
  await new Promise((resolve) => setTimeout(resolve, atMs - (performance.timeOrigin + performance.now())));
  const attempts = await burst.run(() => send({ kind: 'answered' }));
  send({ kind: 'record', attempts }, () => process.disconnect());
}

process.on('message', (message: ToGenerator) => {
  if (message.kind === 'go') return begin(message.atMs);
  if (message.kind === 'stop') {
    stopped = true;
    return stop();
  }
  carryOut(message.order).catch((error: Error) => {
    send({ kind: 'trouble', sentence: error.message }, () => process.disconnect());
  });
});
// Ctrl-C in a terminal reaches this process as well. It is for the command, which wants the record.
process.on('SIGINT', () => {});
// Without the command there is no one to hand the record to.
process.once('disconnect', () => process.exit());
send({ kind: 'ready' });
