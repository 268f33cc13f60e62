// What the primary and its processes say to each other over IPC.

export type ToPrimary =
  /** The process does its work now. Repeated `ready` has no effect. */
  | { readonly type: 'ready'; readonly redisUrl?: string; readonly mysqlUrl?: string }
  | { readonly type: 'heartbeat'; readonly status?: unknown }
  /** What takes long at the start, for the person who waits. */
  | { readonly type: 'progress'; readonly text: string }
  /** It can't begin, and a restart would not help: the sentence says why. */
  | { readonly type: 'failed'; readonly message: string };

export type ToChild = {
  readonly type: 'stop';
  /** After these milliseconds the process is killed. */
  readonly withinMs: number;
};

export const HEARTBEAT_EVERY_MS = 500;
