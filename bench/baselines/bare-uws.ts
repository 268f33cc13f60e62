// What the HTTP engine alone can do (uWebSockets.js if it is there): the bytes of one of our answers to every request,
// nothing read, nothing asked.

import { chooseEngine } from '../../src/http/engine/choose.ts';
import { settings } from '../../src/settings.ts';

process.title = 'couponrush bench bare-uws';
const port = Number(process.env.BASELINE_PORT);
const answers: Readonly<Record<string, { head: string; body: string }>> = {
  granted: {
    head: '201 Created\r\nContent-Type: application/json\r\nCache-Control: no-store',
    body: '{"couponId":1,"userId":1000000001,"sequence":123456,"issuedAt":"2026-01-01T00:00:00.000Z"}',
  },
  'sold-out': {
    head: '400 Bad Request\r\nContent-Type: application/problem+json\r\nCache-Control: no-store',
    body:
      '{"type":"urn:couponrush:problem:OUT_OF_STOCK_COUPON","title":"The ' +
      'coupon is sold out","status":400,"code":"OUT_OF_STOCK_COUPON"}',
  },
};
const { head, body } = answers[process.env.BASELINE_ANSWER ?? 'granted'] as { head: string; body: string };

const app = chooseEngine('auto').engine.createApp(null);
app.any('/*', (response) => {
  response.writeStatus(head);
  response.end(body);
});
// With as many listen queues as ours has: otherwise a burst would measure them.
for (let queue = 0; queue < settings.listenQueues.fallback; queue++) {
  app.listen('127.0.0.1', port, (socket) => {
    if (!socket) throw new Error(`can't listen on ${port}`);
  });
}
process.send?.('ready');
process.once('disconnect', () => process.exit());
