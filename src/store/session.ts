// One connection to MySQL with our settings in force, used by one caller at a time.
// Promises: each statement ends by its deadline, or the session does. While the process runs the server hears of the
// session, at rest as well as inside a transaction, so only a process that stands still loses it (SILENT_S_MAX). The
// same question shows whether the server still takes writes.
import type { Socket } from 'node:net';
import { type Connection, type ConnectionOptions, createConnection } from 'mysql2/promise';
import { OperationalError } from '../errors.ts';
import { connectionOptions } from './connection.ts';
import { withDeadline } from './deadline.ts';
import { prepareSession, SILENT_S_MAX } from './session-settings.ts';
import { takesWrites, WRITER_QUESTION, type WriterAnswer } from './writer.ts';

/** Three looks within SILENT_S_MAX. */
const LOOK_EVERY_MS = 1500;
/** A session at rest whose look has no answer by then is dead: a balancer or firewall has forgotten it. */
const LOOK_ANSWER_MS = 1000;
/** From then on the server has ended the session, though its word for it may not have arrived. */
const SILENT_MS_MAX = SILENT_S_MAX * 1000 - 500;
/** How often the name is resolved again while the server it leads to is read-only. */
const READ_ONLY_MS_MAX = 1000;
/** The name, TCP, TLS and login: an address that does not answer must not take the time of a long statement. */
const CONNECT_MS_MAX = 5000;

export interface SessionOptions {
  /** For each statement, and at most for the connection itself. */
  readonly timeoutMs: number;
  /** In addition to connectionOptions(). */
  readonly connection?: ConnectionOptions;
  /** Called once, when the session has ended. `silent`: it was at rest, and did not answer. */
  readonly onEnd?: (silent: boolean) => void;
}

/**
 * A connection with our settings in force, without looks: the server ends it after SILENT_S_MAX. @throws
 * OperationalError or what mysql2 throws
 */
export async function connect(
  url: string,
  { timeoutMs, connection: more }: Omit<SessionOptions, 'onEnd'>,
): Promise<{ readonly connection: Connection; readonly writable: boolean }> {
  const withinMs = Math.min(timeoutMs, CONNECT_MS_MAX);
  const connection = await createConnection({ ...connectionOptions(url, withinMs), ...more });
  connection.on('error', () => {});
  const prepared = async () => {
    await prepareSession(connection);
    const [rows] = await connection.query(WRITER_QUESTION);
    return takesWrites((rows as WriterAnswer[])[0]);
  };
  try {
    const writable = await withDeadline(prepared(), withinMs, 'QUERY_TIMEOUT', () => cut(connection));
    return { connection, writable };
  } catch (error) {
    cut(connection);
    throw error;
  }
}

/** mysql2's own destroy() waits for the other side's end, which may never come. */
function cut(connection: Connection): void {
  connection.destroy();
  (connection as unknown as { connection: { stream: Socket } }).connection.stream.destroy();
}

export class Session {
  /** Set by its owner: nothing is under way, not even a transaction. */
  resting = false;
  readonly #connection: Connection;
  readonly #options: SessionOptions;
  readonly #looking: NodeJS.Timeout;
  readonly #openedMs = performance.now();
  #writable: boolean;
  #ended = false;
  /** Statements under way: mysql2 does not settle them when the connection is closed from this side. */
  readonly #unanswered = new Set<(error: Error) => void>();
  #running = 0;
  #heardMs = performance.now();
  /** The look that has no answer yet. */
  #looked: symbol | null = null;
  #lookDue = false;

  private constructor(connection: Connection, writable: boolean, options: SessionOptions) {
    this.#connection = connection;
    this.#writable = writable;
    this.#options = options;
    connection.on('error', () => this.#end(false));
    connection.on('end', () => this.#end(false));
    this.#looking = setInterval(() => this.#tick(), LOOK_EVERY_MS).unref();
  }

  /** @throws OperationalError or what mysql2 throws */
  static async open(url: string, options: SessionOptions): Promise<Session> {
    const { connection, writable } = await connect(url, options);
    return new Session(connection, writable, options);
  }

  /** Whether the server took writes when it was last asked, a moment ago. */
  get writable(): boolean {
    return this.#writable;
  }

  /** Whether it may be used (once more). One on a read-only server is given up soon, for one that is not. */
  get usable(): boolean {
    const nowMs = performance.now();
    if (this.#ended || (nowMs - this.#heardMs > SILENT_MS_MAX && this.#running === 0)) return false;
    return this.#writable || nowMs - this.#openedMs < READ_ONLY_MS_MAX;
  }

  /** @returns what mysql2 has as the first of its two results. @throws OperationalError or what mysql2 throws */
  async run<T>(sql: string, values?: unknown[]): Promise<T> {
    if (this.#ended) throw new OperationalError('SESSION_LOST', 'transient', 'the connection to MySQL was lost');
    const query = values === undefined ? this.#connection.query(sql) : this.#connection.query({ sql, values });
    let lose: (error: Error) => void = () => {};
    const answer = new Promise<Awaited<typeof query>>((resolve, reject) => {
      lose = reject;
      query.then(resolve, reject);
    });
    this.#unanswered.add(lose);
    this.#running++;
    try {
      const [result] = await withDeadline(answer, this.#options.timeoutMs, 'QUERY_TIMEOUT', () => this.destroy());
      this.#heardMs = performance.now();
      return result as T;
    } finally {
      this.#unanswered.delete(lose);
      this.#running--;
      if (this.#lookDue && this.#running === 0) this.look();
    }
  }

  /** Asks for a sign of life, without waiting for it. */
  look(): void {
    if (this.#ended || this.#looked !== null) return;
    this.#lookDue = false;
    const look = Symbol('a look');
    this.#looked = look;
    this.#connection.query(WRITER_QUESTION).then(
      ([rows]) => {
        this.#heardMs = performance.now();
        this.#looked = null;
        this.#writable = takesWrites((rows as WriterAnswer[])[0]);
        if (this.resting && !this.usable) this.destroy();
      },
      () => this.destroy(),
    );
    setTimeout(() => {
      // After a standstill of ours the answer may be here and unread: it is read before this is judged.
      setImmediate(() => {
        if (this.#looked === look && this.resting) this.#end(true);
      });
    }, LOOK_ANSWER_MS).unref();
  }

  /** Ends it in order, after the statement under way. */
  async close(): Promise<void> {
    if (this.#ended) return;
    this.resting = false;
    await this.#connection.end().catch(() => {});
    this.#end(false);
  }

  /** Ends it now: the server undoes what was not committed. */
  destroy(): void {
    this.#end(false);
  }

  #tick(): void {
    if (this.#running > 0) this.#lookDue = true;
    else this.look();
  }

  #end(silent: boolean): void {
    if (this.#ended) return;
    this.#ended = true;
    clearInterval(this.#looking);
    cut(this.#connection);
    const lost = new OperationalError('PROTOCOL_CONNECTION_LOST', 'transient', 'the connection to MySQL was lost');
    for (const lose of this.#unanswered) lose(lost);
    this.#options.onEnd?.(silent);
  }
}
