// What is printed when the server is ready: the first commands for the one who started it, as its settings need them.
import { bareHost } from './address.ts';
import type { Config } from './config.ts';

export interface BannerFacts {
  readonly address: string;
  readonly adminAddress: string;
  readonly tokenSource: string;
  readonly redisUrl: string;
  readonly mysqlUrl: string;
  /** Demo coupon 1 is there to be tried. */
  readonly demo: boolean;
}

const CREATE = `\
  Create    npm run cli -- coupon create --name 'Spring sale' --stock 1000 --discount 15% --opens-at +1h`;

/** What a user's request must carry, and what lets the users of a spike sign. */
const identities: Readonly<Record<Config['identityMode'], { ask: readonly string[]; spike: string; note?: string }>> = {
  trust: { ask: ['Commerce-User-Id: 1'], spike: '' },
  jwt: {
    ask: ['Authorization: Bearer TOKEN'],
    spike: ' --jwt-key PRIVATE_KEY_FILE',
    note: 'TOKEN is a JWT of your issuer, whose sub is the user id',
  },
  hmac: {
    ask: ['Commerce-User-Id: 1', 'Commerce-Signature: ID.TIME.HEX'],
    spike: ' --hmac-key HMAC_KEYS_FILE',
    note: 'docs/api.md has the line that makes the signature',
  },
};

export function banner({ identityMode }: Pick<Config, 'identityMode'>, facts: BannerFacts): string {
  const { address, adminAddress, tokenSource } = facts;
  const redis = new URL(facts.redisUrl);
  const mysql = new URL(facts.mysqlUrl);
  const { ask, spike, note } = identities[identityMode];
  const { demo } = facts;
  const headers = ask.map((header) => `-H '${header}'`).join(' ');
  const tries = `\
  Ask       curl -i -X POST ${headers} ${address}/api/v2/me/coupons/1/issue${note ? `    (${note})` : ''}
  Spike     npm run spike -- --users 2000${spike}
  Prove     npm run verify -- 1`;
  const page = identityMode === 'trust' ? `  Demo      ${address}/demo\n` : '';
  return `ready on ${address}

${demo ? page + tries : CREATE}
  Console   ${adminAddress}/    (log in with the token in ${tokenSource})
  Operate   npm run cli -- status    (or ${adminAddress}/openapi.json)
  Redis     redis-cli -h ${bareHost(redis.hostname)} -p ${redis.port || 6379} ${demo ? 'GET coupon:1:stock' : 'PING'}
  MySQL     ${mysql.hostname}:${mysql.port || 3306}, database ${mysql.pathname.slice(1)}
  Stop      Ctrl-C
`;
}
