// What a Node team would write: Fastify, ioredis with auto-pipelining, one Lua call for each request. No rows in MySQL.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fastify } from 'fastify';
import { Redis } from 'ioredis';
import { projectRoot } from '../../src/project.ts';

process.title = 'couponrush bench fastify';
const redis = new Redis(process.env.BASELINE_REDIS_URL as string, { enableAutoPipelining: true });
redis.defineCommand('issueOne', {
  numberOfKeys: 3,
  lua: readFileSync(join(projectRoot, 'bench/baselines/one-call.lua'), 'utf8'),
});
const { issueOne } = redis as unknown as { issueOne: (...args: string[]) => Promise<string> };

const app = fastify();
app.post<{ Params: { couponId: string } }>('/api/v2/me/coupons/:couponId/issue', async (request, reply) => {
  const user = request.headers['commerce-user-id'] as string;
  const { couponId } = request.params;
  const keys = [`coupon:${couponId}:stock`, `issue:coupon:${couponId}`, `coupon:${couponId}:outbox`];
  const decision = await issueOne.call(redis, ...keys, user);
  if (decision === 'issued') {
    reply.code(201);
    return { couponId: Number(couponId), userId: Number(user), issuedAt: new Date().toISOString() };
  }
  reply.code(400);
  return { code: decision === 'duplicate' ? 'ALREADY_ISSUED_COUPON' : 'OUT_OF_STOCK_COUPON' };
});
// An empty body with Content-Type: application/json is an error to Fastify's own parser.
app.addContentTypeParser('application/json', (_request, _payload, done) => done(null));
await app.listen({ host: '127.0.0.1', port: Number(process.env.BASELINE_PORT) });
process.send?.('ready');
process.once('disconnect', () => process.exit());
