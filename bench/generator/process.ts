// A load generator: a process of its own that lives for a whole bench run, so that its code is compiled when it counts.
import { BurstLoad } from './burst.ts';
import type { FromGenerator, Order, ToGenerator } from './messages.ts';
import { SteadyLoad } from './steady.ts';

process.title = 'couponrush bench generator';

const tell = (message: FromGenerator) => process.send?.(message);
let go: () => void = () => {};

async function carryOut(order: Order): Promise<void> {
  const load = order.load.kind === 'burst' ? new BurstLoad(order) : new SteadyLoad(order);
  if (load instanceof SteadyLoad) await load.connect();
  const started = new Promise<void>((resolve) => {
    go = resolve;
  });
  tell({ kind: 'ready' });
  await started;
  tell({ kind: 'record', record: await load.run() });
}

process.on('message', (message: ToGenerator) => {
  if (message.kind === 'go') go();
  else carryOut(message.order).catch((error: Error) => tell({ kind: 'trouble', message: error.message }));
});
process.once('disconnect', () => process.exit());
tell({ kind: 'online' });
