// At most so many sessions, made when they are needed and kept alive at rest.
// Promises: a session that is lent out has answered within the last seconds. If one at rest is found dead, all at rest
// are given up, so that one caller at most meets a connection that a balancer has dropped. Callers are served in order.
import { OperationalError } from '../errors.ts';
import { Session } from './session.ts';

export interface SessionPoolOptions {
  readonly url: string;
  readonly sessionsMax: number;
  /** For each statement. */
  readonly timeoutMs: number;
}

interface Waiting {
  readonly serve: (session: Session) => void;
  /** There is room for one more session: it opens its own. */
  readonly open: () => void;
  readonly fail: (error: Error) => void;
}

export class SessionPool {
  readonly #options: SessionPoolOptions;
  /** Also those that are lent out. */
  readonly #sessions = new Set<Session>();
  readonly #idle: Session[] = [];
  readonly #waiting: Waiting[] = [];
  #opening = 0;
  #closed = false;

  constructor(options: SessionPoolOptions) {
    this.#options = options;
  }

  /**
   * Waits without a limit of its own. Each session that comes out is given back once.
   * @param writing not one of a server that is known to be read-only, unless that is what the address leads to now
   * @throws OperationalError or what mysql2 throws
   */
  async take(writing: boolean): Promise<Session> {
    for (let idle = this.#idle.pop(); idle; idle = this.#idle.pop()) {
      if (idle.usable && (idle.writable || !writing)) {
        idle.resting = false;
        return idle;
      }
      idle.destroy();
    }
    if (this.#closed) throw closed();
    if (this.#sessions.size + this.#opening < this.#options.sessionsMax) return this.#open();
    return new Promise<Session>((resolve, reject) => {
      this.#waiting.push({ serve: resolve, open: () => this.#open().then(resolve, reject), fail: reject });
    });
  }

  give(session: Session): void {
    if (!session.usable) {
      session.destroy();
      this.#forget(session, false);
      return;
    }
    const next = this.#waiting.shift();
    if (next) {
      next.serve(session);
      return;
    }
    session.resting = true;
    this.#idle.push(session);
  }

  /** Those at rest are asked for a sign of life now, because another one did not answer. */
  doubt(): void {
    for (const session of this.#idle) session.look();
  }

  /** Resolves when each has ended in order. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const waiting of this.#waiting.splice(0)) waiting.fail(closed());
    await Promise.all([...this.#sessions].map((session) => session.close()));
  }

  /** Ends what close() still waits for. */
  destroy(): void {
    for (const session of this.#sessions) session.destroy();
  }

  async #open(): Promise<Session> {
    const { url, timeoutMs } = this.#options;
    this.#opening++;
    try {
      const session: Session = await Session.open(url, {
        timeoutMs,
        onEnd: (silent) => this.#forget(session, silent),
      });
      if (this.#closed) {
        session.destroy();
        throw closed();
      }
      this.#sessions.add(session);
      return session;
    } finally {
      this.#opening--;
      this.#useRoom();
    }
  }

  #forget(session: Session, silent: boolean): void {
    this.#sessions.delete(session);
    const at = this.#idle.indexOf(session);
    if (at !== -1) this.#idle.splice(at, 1);
    if (silent) for (const other of [...this.#idle]) other.destroy();
    this.#useRoom();
  }

  #useRoom(): void {
    if (this.#waiting.length > 0 && this.#sessions.size + this.#opening < this.#options.sessionsMax) {
      this.#waiting.shift()?.open();
    }
  }
}

function closed(): OperationalError {
  return new OperationalError('POOL_CLOSED', 'transient', 'the connections to MySQL are closed');
}
