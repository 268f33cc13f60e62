// Asks for coupons over plain sockets, one Attempt for each request, no matter what becomes of it. Light on the
// processor, because it shares it with what it tests.
import { connect, type Socket } from 'node:net';
import { type Attempt, readAnswer } from '../../src/history/attempt.ts';
import type { UserKey } from '../../src/user-id.ts';
import { userOf } from './user-ids.ts';

export interface IssueClientOptions {
  readonly port: number;
  readonly host?: string;
  readonly couponId: number;
  /** Share of the requests, from 0 to 1, on a connection of their own; the others go over kept ones. */
  readonly freshShare?: number;
  /** A request without an answer is given up then. Longer than the server's deadline and its watchdog. */
  readonly patienceMs?: number;
  /** The header lines that say who asks; without it Commerce-User-Id. */
  readonly identityOf?: (user: number) => string;
}

type Ending = Pick<Attempt, 'status' | 'code' | 'sequence' | 'error' | 'replayed'>;

const byUserId = (user: number) => `Commerce-User-Id: ${userOf(user)}`;

const SWEEP_EVERY_MS = 50;
const PATIENCE_MS = 5000;

export class IssueClient {
  readonly #options: Required<IssueClientOptions>;
  readonly #idle: Connection[] = [];
  readonly #open = new Set<Connection>();
  readonly #sweeper: NodeJS.Timeout;
  #asked = 0;

  constructor(options: IssueClientOptions) {
    this.#options = { host: '127.0.0.1', freshShare: 0.2, patienceMs: PATIENCE_MS, identityOf: byUserId, ...options };
    this.#sweeper = setInterval(() => this.#sweep(), SWEEP_EVERY_MS);
  }

  /** Resolves with what came of it; never rejects. */
  ask(user: number): Promise<Attempt> {
    const { couponId, freshShare, identityOf } = this.#options;
    this.#asked += 1;
    const fresh = (this.#asked * freshShare) % 1 < freshShare;
    const connection = (fresh ? undefined : this.#idle.pop()) ?? this.#connect();
    const startedAtMs = now();
    return new Promise((resolve) => {
      const request = `POST /api/v2/me/coupons/${couponId}/issue HTTP/1.1\r\nHost: rush\r\n${identityOf(user)}\r\n\r\n`;
      connection.ask(request, userOf(user), (ending, reusable) => {
        if (reusable && !fresh) this.#idle.push(connection);
        else connection.close();
        resolve({ user: userOf(user), ...ending, startedAtMs, sentAtMs: connection.sentAtMs, endedAtMs: now() });
      });
    });
  }

  close(): void {
    clearInterval(this.#sweeper);
    for (const connection of this.#open) connection.close();
  }

  #connect(): Connection {
    const connection = new Connection(connect(this.#options.port, this.#options.host), () => {
      this.#open.delete(connection);
      const index = this.#idle.indexOf(connection);
      if (index >= 0) this.#idle.splice(index, 1);
    });
    this.#open.add(connection);
    return connection;
  }

  #sweep(): void {
    const limitMs = now() - this.#options.patienceMs;
    for (const connection of this.#open) connection.giveUpIfBefore(limitMs);
  }
}

/** performance.now() as milliseconds since 1970: comparable between processes, and never set back while one runs. */
export function now(): number {
  return performance.timeOrigin + performance.now();
}

const UNANSWERED = { status: null, code: null, sequence: null, replayed: false } as const;

/** One connection, one request at a time. */
class Connection {
  sentAtMs: number | null = null;
  readonly #socket: Socket;
  #connected = false;
  #askedAtMs = 0;
  #user: UserKey = '';
  #text = '';
  #done: ((ending: Ending, reusable: boolean) => void) | null = null;
  #failure = 'closed without an answer';

  constructor(socket: Socket, onClose: () => void) {
    this.#socket = socket.setNoDelay(true).setEncoding('latin1');
    socket.on('connect', () => {
      this.#connected = true;
      if (this.#done) this.sentAtMs = now();
    });
    socket.on('data', (text) => this.#read(text as unknown as string));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.#failure = error.code ?? error.message;
    });
    socket.on('close', () => {
      onClose();
      this.#finish({ ...UNANSWERED, error: this.#failure }, false);
    });
  }

  ask(request: string, user: UserKey, done: (ending: Ending, reusable: boolean) => void): void {
    this.#done = done;
    this.#user = user;
    this.#text = '';
    this.#askedAtMs = now();
    this.sentAtMs = this.#connected ? this.#askedAtMs : null;
    this.#socket.write(request);
  }

  giveUpIfBefore(limitMs: number): void {
    if (this.#done && this.#askedAtMs < limitMs) this.#finish({ ...UNANSWERED, error: 'no answer in time' }, false);
  }

  close(): void {
    this.#socket.destroy();
  }

  #read(text: string): void {
    this.#text += text;
    const end = this.#text.indexOf('\r\n\r\n');
    if (end < 0) return;
    const head = this.#text.slice(0, end).toLowerCase();
    const length = Number(/\r\ncontent-length: (\d+)/.exec(head)?.[1] ?? 0);
    if (this.#text.length < end + 4 + length) return;
    const answer = readAnswer(this.#user, Number(head.slice(9, 12)), this.#text.slice(end + 4, end + 4 + length));
    this.#finish(
      { ...answer, replayed: head.includes('\r\nidempotent-replayed: ') },
      !head.includes('\r\nconnection: close'),
    );
  }

  #finish(ending: Ending, reusable: boolean): void {
    const done = this.#done;
    this.#done = null;
    done?.(ending, reusable);
  }
}
