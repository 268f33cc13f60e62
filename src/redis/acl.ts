// What couponrush may do in Redis: these commands, on its own keys and channels, and nothing else. The embedded Redis
// and deploy/redis-users.acl have it from here. Someone who gets hold of the app's credentials can't empty the server,
// change its settings, list its keys or read anyone else's. A script runs with the rights of its caller, so EVAL opens
// nothing. Integration tests run everything with these rights; one of them finds a command here that nothing uses any
// more.
import { createHash } from 'node:crypto';
import {
  BRAKED_COUPONS,
  CHANGES_CHANNEL,
  couponKeys,
  GATE_OWNER,
  INSTALLATION,
  INVALIDATION_CHANNEL,
  keyClaimKey,
  LOADED_COUPONS,
  memoKey,
  proofChannel,
  VERIFIED_RUN_ID,
} from './keys.ts';

export const REDIS_APP_USER = 'couponrush_app';

/** AUTH, HELLO and QUIT are open to everybody. */
export const appCommands: readonly string[] = [
  // A connection: its name, its health, what changed for it.
  ...['ping', 'info', 'time', 'client|setname', 'client|id', 'client|list', 'client|tracking', 'client|unblock'],
  ...['publish', 'subscribe'],
  // Scripts of lua/. EVAL is how a Redis that forgot one is given it again.
  ...['eval', 'evalsha'],
  // Nothing else reports appendfsync, and unsafe durability must be loud. It reads; CONFIG SET is another command.
  'config|get',
  ...['get', 'mget', 'set', 'pttl', 'exists', 'type', 'rename', 'del', 'unlink', 'pexpire'],
  ...['hget', 'hmget', 'hgetall', 'hexists', 'hlen', 'hset', 'hincrby', 'hdel'],
  ...['sadd', 'srem', 'scard', 'sismember', 'smismember', 'smembers', 'sscan'],
  ...['xadd', 'xlen', 'xrange', 'xrevrange', 'xdel', 'xack', 'xreadgroup', 'xclaim', 'xautoclaim'],
  ...['xgroup|create', 'xinfo|groups'],
];

/** The patterns stand for every coupon, on a single Redis and, with the id in braces, on Redis Cluster. */
export const appKeys: readonly string[] = [
  ...Object.values(couponKeys(0)).map((key) => key.replace('0', '*')),
  memoKey(0, '*').replace('0', '*'),
  keyClaimKey('*', '*'),
  LOADED_COUPONS,
  BRAKED_COUPONS,
  VERIFIED_RUN_ID,
  GATE_OWNER,
  INSTALLATION,
];

export const appChannels: readonly string[] = [CHANGES_CHANNEL, proofChannel('*'), INVALIDATION_CHANNEL];

/** What follows `user NAME` in redis.conf or an ACL file. */
export function appRules(passwordSha256: string): string {
  const rules = [
    ...['reset', 'on', `#${passwordSha256}`],
    ...appKeys.map((pattern) => `~${pattern}`),
    ...appChannels.map((pattern) => `&${pattern}`),
    ...appCommands.map((command) => `+${command}`),
  ];
  return rules.join(' ');
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
