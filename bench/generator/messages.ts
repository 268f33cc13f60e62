// What the harness and its load generators say to each other.
import type { PackedHistogram } from './histogram.ts';
import type { Ask } from './request.ts';

/**
 * `closed`: each connection asks again as soon as it is answered. `open`: requests are due at a fixed rate that does
 * not depend on the answers, and their latency counts from when they were due. `burst`: each user opens a connection,
 * asks once, and closes it.
 */
export type Load =
  | { readonly kind: 'closed'; readonly connections: number; readonly seconds: number }
  | { readonly kind: 'open'; readonly connections: number; readonly seconds: number; readonly ratePerSecond: number }
  | { readonly kind: 'burst'; readonly users: number; readonly timeoutSeconds: number };

export interface Order {
  readonly port: number;
  readonly load: Load;
  /** Of `closed` and `open`; a burst asks to be issued. */
  readonly ask: Ask;
  readonly couponIds: readonly number[];
  /** Ten digits, so that every request has the same length; each request is the next user's. */
  readonly firstUser: number;
  /** How often each user asks, one request after the other. */
  readonly asksEach: number;
  /** The users of `closed` and `open` are taken from so many, in turn; without it each request is another user's. */
  readonly users?: number;
  /** Keep every answer by its user: bursts only. */
  readonly keepAnswers: boolean;
}

export type ToGenerator = { readonly kind: 'order'; readonly order: Order } | { readonly kind: 'go' };

/** A quarter of a second of a run. */
export interface Slice {
  readonly atMs: number;
  readonly granted: number;
  readonly refused: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface GeneratorRecord {
  /** From the first request, or connection, to the last answer. */
  readonly elapsedMs: number;
  /** 201 of an issue request, 200 of a read. */
  readonly granted: number;
  /** Any 4xx. */
  readonly refused: number;
  /** 503 and 504. */
  readonly unavailable: number;
  /** Any other status. */
  readonly unexpected: number;
  /** Requests without an answer. */
  readonly failed: number;
  readonly grantedLatency: PackedHistogram;
  readonly refusedLatency: PackedHistogram;
  readonly unavailableLatency: PackedHistogram;
  readonly slices: readonly Slice[];
  /** In the order of the coupons. */
  readonly grantedByCoupon: readonly number[];
  readonly cpuMicros: number;
  /**
   * The latest that a request of `open` left after it was due, milliseconds: more than a few, and the generator was
   * late.
   */
  readonly latestSendMs: number;
  /** When the first and the last connection of a burst began, milliseconds since 1970; other loads: 0. */
  readonly firstConnectMs: number;
  readonly lastConnectMs: number;
  /** User, status, user, status … ; status 0: no answer. */
  readonly answers: readonly number[];
}

export type FromGenerator =
  | { readonly kind: 'online' }
  /** Connections stand; of a burst, sockets are made. */
  | { readonly kind: 'ready' }
  | { readonly kind: 'record'; readonly record: GeneratorRecord }
  | { readonly kind: 'trouble'; readonly message: string };
