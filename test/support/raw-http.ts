// HTTP written manually, over a plain socket: what a well-behaved client library would not send.
import { connect } from 'node:net';

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Headers that came more than once. */
  readonly repeated: readonly string[];
  readonly body: string;
}

export interface RawResult {
  /** Every answer that came on the connection. */
  readonly answers: readonly RawAnswer[];
  /** Whether the server closed the connection before `quietMs` were over. */
  readonly closed: boolean;
}

const PART_EVERY_MS = 20;

/** Sends these bytes on a new connection, and reads until it is closed or nothing has come for `quietMs`. */
export function sendRaw(port: number, bytes: string | Buffer | readonly string[], quietMs = 300): Promise<RawResult> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const chunks: Buffer[] = [];
    const finish = (closed: boolean) => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ answers: parseAnswers(Buffer.concat(chunks).toString('latin1')), closed });
    };
    let timer = setTimeout(() => finish(false), quietMs);
    socket.on('data', (chunk) => {
      chunks.push(chunk);
      clearTimeout(timer);
      timer = setTimeout(() => finish(false), quietMs);
    });
    socket.on('error', () => {});
    socket.on('close', () => finish(true));
    socket.on('connect', async () => {
      for (const part of typeof bytes === 'string' || Buffer.isBuffer(bytes) ? [bytes] : bytes) {
        socket.write(part);
        await new Promise((next) => setTimeout(next, PART_EVERY_MS));
      }
    });
  });
}

function parseAnswers(text: string): RawAnswer[] {
  const answers: RawAnswer[] = [];
  for (let rest = text; rest.startsWith('HTTP/1.1 '); ) {
    const end = rest.indexOf('\r\n\r\n');
    if (end < 0) break;
    const [line = '', ...headerLines] = rest.slice(0, end).split('\r\n');
    const pairs = headerLines.map((header): [string, string] => {
      const colon = header.indexOf(':');
      return [header.slice(0, colon).toLowerCase(), header.slice(colon + 1).trim()];
    });
    const headers = Object.fromEntries(pairs);
    const repeated = pairs.map(([name]) => name).filter((name, index, all) => all.indexOf(name) !== index);
    // An answer to HEAD states the length of a body that it does not have: then the next answer, or nothing, follows.
    const told = Number(headers['content-length'] ?? 0);
    const length = rest.length === end + 4 || rest.startsWith('HTTP/1.1 ', end + 4) ? 0 : told;
    answers.push({
      status: Number(line.split(' ')[1]),
      headers,
      repeated,
      body: rest.slice(end + 4, end + 4 + length),
    });
    rest = rest.slice(end + 4 + length);
  }
  return answers;
}
