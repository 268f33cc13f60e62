// `npm run bench:holders`: what one holder of a coupon costs in memory, in Redis' set and in the sets by which an HTTP
// worker answers for a sold-out coupon, with ids of either type.
import { createHash } from 'node:crypto';
import { IdSet } from '../../src/issuance/id-set.ts';
import { TextIdSet } from '../../src/issuance/text-id-set.ts';
import { connectForCommands } from '../../src/redis/connections.ts';
import { startRedis } from '../../test/support/servers.ts';

const HOLDERS = 1_000_000;
const FIRST = 1_000_000_000;
const USERS_A_CALL = 5000;
const TIMEOUT_MS = 60_000;

const digest = (n: number) => createHash('sha256').update(String(n)).digest('hex');
const uuid = (n: number) => digest(n).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');

const forms: readonly { name: string; idOf: (n: number) => string; isNumber: boolean }[] = [
  { name: 'number, 10 digits', idOf: String, isNumber: true },
  { name: 'text, 10 digits', idOf: String, isNumber: false },
  { name: 'text, auth0| and 24 digits', idOf: (n) => `auth0|${digest(n).slice(0, 24)}`, isNumber: false },
  { name: 'text, UUID', idOf: uuid, isNumber: false },
];

function bytesInWorker(idOf: (n: number) => string, isNumber: boolean): number {
  const before = process.memoryUsage().arrayBuffers;
  const set = isNumber ? new IdSet(HOLDERS) : new TextIdSet(HOLDERS);
  for (let n = 0; n < HOLDERS; n++) set.add(isNumber ? FIRST + n : idOf(FIRST + n));
  const bytes = process.memoryUsage().arrayBuffers - before;
  if (set.size !== HOLDERS) throw new Error(`the set has ${set.size} of ${HOLDERS} users`);
  return bytes / HOLDERS;
}

const releases: (() => Promise<void>)[] = [];
const server = await startRedis({ after: (release) => releases.push(async () => release()) });
const redis = connectForCommands(server.url, 'bench', TIMEOUT_MS);
try {
  console.log(`bytes a holder, of ${HOLDERS.toLocaleString('en-US')}\n`);
  console.log('| ids | Redis | HTTP worker |\n| --- | --- | --- |');
  for (const [index, { name, idOf, isNumber }] of forms.entries()) {
    const key = `bench:${index}`;
    for (let from = FIRST; from < FIRST + HOLDERS; from += USERS_A_CALL) {
      await redis.sadd(key, ...Array.from({ length: USERS_A_CALL }, (_, at) => idOf(from + at)));
    }
    const inRedis = Number(await redis.call('MEMORY', 'USAGE', key, 'SAMPLES', '0')) / HOLDERS;
    console.log(`| ${name} | ${inRedis.toFixed(0)} | ${bytesInWorker(idOf, isNumber).toFixed(0)} |`);
    await redis.unlink(key);
  }
} finally {
  redis.disconnect();
  for (const release of releases) await release();
}
process.exit();
