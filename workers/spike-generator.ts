// The load generator of the spike command: one burst, then its record, then the end.
import { burst } from '../src/spike/burst.ts';
import type { BurstOrder, FromGenerator } from '../src/spike/messages.ts';

process.title = 'couponrush spike generator';

const send = (message: FromGenerator, sent?: () => void) => process.send?.(message, undefined, undefined, sent);

process.once('message', async (order: BurstOrder) => {
  const attempts = await burst(order, () => send({ kind: 'answered' }));
  send({ kind: 'record', attempts }, () => process.disconnect());
});
// Without the command there is nobody to hand the record to.
process.once('disconnect', () => process.exit());
send({ kind: 'ready' });
