// What the primary and its processes say to each other over IPC.
import type { Snapshot } from '../metrics/registry.ts';

/** In the environment of the admin process: what the primary runs with, as explainConfig returns it, in JSON. */
export const SETTINGS_VARIABLE = 'PRIMARY_SETTINGS';
/** In the environment of an HTTP worker: why the primary did not choose uWebSockets.js; missing if it did. */
export const ENGINE_REASON_VARIABLE = 'PRIMARY_ENGINE_REASON';

export type ToPrimary =
  /**
   * The process does its work now. Repeated `ready` has no effect. The keeper sends the URLs to use: given, or its own.
   */
  | {
      readonly type: 'ready';
      readonly redisUrl?: string;
      readonly mysqlUrl?: string;
      readonly mysqlMigrationUrl?: string | null;
    }
  | { readonly type: 'heartbeat' }
  /** What has changed of all that the process has counted. Counts as a heartbeat. The last one comes at its end. */
  | { readonly type: 'metrics'; readonly changed: Snapshot }
  /** Of the gate: which claims Redis may have and belong to this installation, and why it does not, if so. */
  | InstallationMessage
  /** What takes long at the start, for the person who waits. */
  | { readonly type: 'progress'; readonly text: string }
  /** It can't begin, and a restart would not help: the sentence says why. */
  | { readonly type: 'failed'; readonly message: string };

export type ToChild =
  | {
      readonly type: 'stop';
      /** After these milliseconds the process is killed. */
      readonly withinMs: number;
    }
  /** The whole node has started: an HTTP worker may say that it is ready. */
  | { readonly type: 'all-run' }
  /** The server stops soon: not ready for load balancers, and serving as before. */
  | { readonly type: 'lame-duck' }
  /** Files of keys, certificates and tokens have changed, and can be used. */
  | { readonly type: 'reload' }
  /** What the gate has said last: to each process, whenever it changes and when it starts. */
  | InstallationMessage;

export interface InstallationMessage {
  readonly type: 'installation';
  /** With a `problem` that is not final: those known before it. On these HTTP workers go on to decide. */
  readonly claims: readonly string[];
  /** Until it is null, rows are not written, and operators change nothing. */
  readonly problem: string | null;
  /** Whether Redis is known to be another's. Otherwise that it is ours is not proven yet, and may be soon. */
  readonly isFinal: boolean;
}

export const HEARTBEAT_EVERY_MS = 500;
/** Heartbeats from one report of metrics to the next. */
export const HEARTBEATS_A_REPORT = 2;
