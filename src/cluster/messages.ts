// What the primary and its processes say to each other over IPC.

export type ToPrimary =
  /** The process does its work now. Repeated `ready` has no effect. */
  | { readonly type: 'ready'; readonly redisUrl?: string; readonly mysqlUrl?: string }
  | { readonly type: 'heartbeat' }
  /** It can't begin, and a restart would not help: the sentence says why. */
  | { readonly type: 'failed'; readonly message: string };

export type ToChild = { readonly type: 'stop' };

export const HEARTBEAT_EVERY_MS = 500;
