// The load itself, in a process of its own: many users at once, one connection and one request each.
// Promise: exactly one Attempt for each user given, no matter what happened, in the order in which they ended.
// All sockets are made beforehand, and then connected in one turn of the event loop: that is how a crowd meets a
// server's listen queues. Nothing else runs between two connects, so the kernel's work for a connection is most of
// their distance.
import { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { type Attempt, readAnswer } from '../history/attempt.ts';
import type { UserKey } from '../user-id.ts';
import { AnswerReader, type HttpAnswer } from './answer-reader.ts';
import type { BurstOrder } from './messages.ts';
import { createSign, trusted } from './signature.ts';
import { findTarget, type Target } from './target.ts';

export class Burst {
  readonly #askers: readonly Asker[];
  readonly #timeoutSeconds: number;

  private constructor(askers: readonly Asker[], timeoutSeconds: number) {
    this.#askers = askers;
    this.#timeoutSeconds = timeoutSeconds;
  }

  /** Prepares all that can be prepared; nothing is connected yet. */
  static async prepare({ url, couponId, users, timeoutSeconds, signing = trusted }: BurstOrder): Promise<Burst> {
    const target = await findTarget(url, couponId);
    const sign = createSign(signing);
    return new Burst(
      users.map((user) => new Asker(target, user, sign('POST', target.path, user))),
      timeoutSeconds,
    );
  }

  /** @param onAnswered called the moment the last answer, or failure, is there */
  async run(onAnswered: () => void): Promise<Attempt[]> {
    const attempts: Attempt[] = [];
    if (this.#askers.length === 0) {
      onAnswered();
      return attempts;
    }
    const timeout = setTimeout(() => {
      for (const asker of this.#askers) asker.giveUp('no answer in time');
    }, this.#timeoutSeconds * 1000);
    await new Promise<void>((resolve) => {
      const record = (attempt: Attempt) => {
        attempts.push(attempt);
        if (attempts.length < this.#askers.length) return;
        onAnswered();
        resolve();
      };
      for (const asker of this.#askers) asker.ask(record);
    });
    clearTimeout(timeout);
    return attempts;
  }

  /** What is not answered is given up, also what would be asked from now on. */
  stop(): void {
    for (const asker of this.#askers) asker.giveUp('interrupted');
  }
}

/** performance.now() as milliseconds since 1970: comparable between processes, and never set back while one runs. */
function now(): number {
  return performance.timeOrigin + performance.now();
}

/** One user: one connection, one request, one answer. */
class Asker {
  readonly #target: Target;
  readonly #user: UserKey;
  readonly #request: string;
  readonly #socket = new Socket();
  readonly #reader = new AnswerReader();
  #record: ((attempt: Attempt) => void) | null = null;
  #givenUp: string | null = null;
  #startedAtMs = 0;
  #sentAtMs: number | null = null;

  constructor(target: Target, user: UserKey, identity: Readonly<Record<string, string>>) {
    this.#target = target;
    this.#user = user;
    this.#request =
      `POST ${target.path} HTTP/1.1\r\nHost: ${target.host}\r\nContent-Type: application/json\r\n` +
      `Content-Length: 0\r\n${Object.entries(identity)
        .map(([name, value]) => `${name}: ${value}\r\n`)
        .join('')}\r\n`;
    this.#socket
      // Comes at the end of the turn, just before the connect itself.
      .once('connectionAttempt', () => {
        this.#startedAtMs = now();
      })
      .once('connect', () => this.#connected())
      .on('error', (error: NodeJS.ErrnoException) => this.#fail(error.code ?? error.message));
  }

  ask(record: (attempt: Attempt) => void): void {
    this.#record = record;
    this.#startedAtMs = now();
    const { address: host, port } = this.#target;
    if (this.#givenUp === null) this.#socket.connect({ host, port, autoSelectFamily: false });
    else this.#fail(this.#givenUp);
  }

  giveUp(reason: string): void {
    this.#givenUp = reason;
    this.#fail(reason);
  }

  #connected(): void {
    const { tlsName } = this.#target;
    if (tlsName === null) {
      this.#send(this.#socket);
      return;
    }
    // Load is all that is asked for here; whom the server is, is for its users to check.
    const secure = connectTls({ socket: this.#socket, servername: tlsName, rejectUnauthorized: false });
    secure.on('error', (error: NodeJS.ErrnoException) => this.#fail(error.code ?? error.message));
    secure.once('secureConnect', () => this.#send(secure));
  }

  #send(stream: Socket): void {
    stream.on('data', (chunk: Buffer) => this.#read(chunk));
    stream.once('close', () => this.#closed());
    this.#sentAtMs = now();
    stream.write(this.#request);
  }

  #read(chunk: Buffer): void {
    if (this.#record === null) return;
    try {
      const answer = this.#reader.read(chunk);
      if (answer !== null) this.#answered(answer);
    } catch (error) {
      this.#fail((error as Error).message);
    }
  }

  #closed(): void {
    const answer = this.#reader.end();
    if (answer !== null) this.#answered(answer);
    else this.#fail('closed without an answer');
  }

  #answered({ status, headers, body }: HttpAnswer): void {
    this.#settle({ ...readAnswer(this.#user, status, body), replayed: headers.has('idempotent-replayed') });
  }

  #fail(error: string): void {
    this.#settle({ status: null, code: null, sequence: null, error, replayed: false });
  }

  #settle(ending: Pick<Attempt, 'status' | 'code' | 'sequence' | 'error' | 'replayed'>): void {
    const record = this.#record;
    if (record === null) return;
    this.#record = null;
    this.#socket.destroy();
    record({
      user: this.#user,
      ...ending,
      startedAtMs: this.#startedAtMs,
      sentAtMs: this.#sentAtMs,
      endedAtMs: now(),
    });
  }
}
