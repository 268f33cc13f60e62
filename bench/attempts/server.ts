// The server process of one attempt: Fastify, with the attempt's pools, and as many requests at a time as it had
// threads.
import { fastify } from 'fastify';
import { Redis } from 'ioredis';
import { createPool } from 'mysql2/promise';
import { connectionOptions } from '../../src/store/connection.ts';
import { lockAttempt, type Outcome } from './lock.ts';
import { scriptAttempt } from './script.ts';
import { attempts } from './settings.ts';
import { Slots } from './slots.ts';

const settings = attempts.find(({ number }) => number === Number(process.env.ATTEMPT));
if (!settings) throw new Error('ATTEMPT is a number from 1 to 7');
process.title = `couponrush bench attempt ${settings.number}`;
const { ATTEMPT_REDIS_URL: redisUrl = '', ATTEMPT_MYSQL_URL: mysqlUrl = '', ATTEMPT_PORT: port } = process.env;

const redis = Array.from({ length: settings.redisConnections }, () => new Redis(redisUrl));
const pool = createPool({
  ...connectionOptions(mysqlUrl, settings.mysqlWait * 1000),
  connectionLimit: settings.mysqlConnections,
});
const threads = new Slots(settings.serverThreads, settings.acceptMax);
const script = settings.how === 'script' ? scriptAttempt(settings, redis, pool) : null;
const issue = script?.issue ?? lockAttempt(settings, redis[0] as Redis, pool);
const statuses: Readonly<Record<Outcome, number>> = { issued: 201, 'sold-out': 400, duplicate: 400, failed: 500 };

const app = fastify();
app.addContentTypeParser('application/json', (_request, _payload, done) => done(null));
app.post<{ Params: { couponId: string } }>('/api/v2/me/coupons/:couponId/issue', async (request, reply) => {
  const user = Number(request.headers['commerce-user-id']);
  const outcome = await threads.run(() => issue(Number(request.params.couponId), user));
  reply.code(statuses[outcome]);
  return { outcome };
});
app.get('/pending', async () => ({ pending: threads.load + (script?.pending() ?? 0) }));
await app.listen({ host: '127.0.0.1', port: Number(port), backlog: 4096 });
process.send?.('ready');
process.once('disconnect', () => process.exit());
