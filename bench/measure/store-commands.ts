// What the admin process asks of the stores: of Redis all its commands, of MySQL the reading statements of all
// processes, of which only those of looks depend on who watches.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Stage } from './stage.ts';

export interface Asked {
  readonly redisPerSecond: number;
  readonly mysqlSelectsPerSecond: number;
}

/** Redis reports each command to us meanwhile, so the load must be a slow one. */
export async function askedDuring(stage: Stage, work: () => Promise<unknown>): Promise<Asked> {
  const monitor = await Monitor.open(stage.redisUrl);
  try {
    const startedMs = performance.now();
    const selectsBefore = await selectsOf(stage);
    await work();
    const selects = (await selectsOf(stage)) - selectsBefore;
    const seconds = (performance.now() - startedMs) / 1000;
    const sources = await adminSources(stage);
    const commands = sources.reduce((sum, source) => sum + monitor.countOf(source), 0);
    return { redisPerSecond: commands / seconds, mysqlSelectsPerSecond: selects / seconds };
  } finally {
    monitor.close();
  }
}

/** Addresses of its connections. */
async function adminSources({ redis }: Stage): Promise<string[]> {
  const clients = String(await redis.client('LIST'));
  return [...clients.matchAll(/ addr=(\S+) .* name=couponrush-admin\S* /g)].map(([, address = '']) => address);
}

/** Reading statements since the start of MySQL. */
export async function selectsOf({ database }: Stage): Promise<number> {
  const [row] = await database.query<{ Value: string }>("SHOW GLOBAL STATUS LIKE 'Com_select'");
  return Number(row?.Value);
}

/** A connection of its own to which Redis writes a line for each command. The client library has no part in it. */
class Monitor {
  readonly #socket: Socket;
  readonly #bySource = new Map<string, number>();
  #rest = '';

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding('utf8').on('data', (text: string) => this.#take(text));
  }

  static async open(redisUrl: string): Promise<Monitor> {
    const { hostname, port, password, username } = new URL(redisUrl);
    const socket = connect({ host: hostname, port: Number(port) });
    await once(socket, 'connect');
    const auth = password === '' ? '' : `AUTH ${username || 'default'} ${decodeURIComponent(password)}\r\n`;
    socket.write(`${auth}MONITOR\r\n`);
    return new Monitor(socket);
  }

  countOf(source: string): number {
    return this.#bySource.get(source) ?? 0;
  }

  close(): void {
    this.#socket.destroy();
  }

  /** As `+1796066368.893662 [0 127.0.0.1:47870] "get" "key"`. */
  #take(text: string): void {
    const lines = (this.#rest + text).split('\r\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      const source = /^\+[\d.]+ \[\d+ ([^\]]+)\]/.exec(line)?.[1];
      if (source !== undefined) this.#bySource.set(source, this.countOf(source) + 1);
    }
  }
}
