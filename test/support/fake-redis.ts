// A server that speaks just enough RESP to be taken for a Redis that can't be run here (too old, without a command). It
// answers by the first words of a command, as the table says; everything else is an unknown command.
import { createServer, type Socket } from 'node:net';
import type { Scope } from './servers.ts';

export interface FakeRedis {
  readonly url: string;
  /** Each command that came, its words with a space between them. */
  readonly asked: readonly string[];
}

/**
 * By `INFO server`, or `INFO` for all of INFO. A reply that begins with `-` is an error, anything else a bulk string.
 */
export type FakeReplies = Readonly<Record<string, string>>;

export async function startFakeRedis(t: Scope, replies: FakeReplies): Promise<FakeRedis> {
  const asked: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    let unread = '';
    socket.on('data', (data) => {
      unread += data.toString('latin1');
      for (;;) {
        const command = takeCommand(unread);
        if (command === null) return;
        unread = unread.slice(command.length);
        asked.push(command.words.join(' '));
        socket.write(replyTo(command.words, replies));
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { url: `redis://127.0.0.1:${(server.address() as { port: number }).port}`, asked };
}

/** @returns null if the rest of it has not come yet */
function takeCommand(text: string): { words: string[]; length: number } | null {
  const head = /^\*(\d+)\r\n/.exec(text);
  if (!head) return null;
  let at = head[0].length;
  const words: string[] = [];
  for (let left = Number(head[1]); left > 0; left--) {
    const size = /^\$(\d+)\r\n/.exec(text.slice(at));
    if (!size) return null;
    const from = at + size[0].length;
    at = from + Number(size[1]) + 2;
    if (text.length < at) return null;
    words.push(text.slice(from, at - 2));
  }
  return { words, length: at };
}

function replyTo([name = '', argument = '']: readonly string[], replies: FakeReplies): string {
  const command = name.toUpperCase();
  const reply = replies[`${command} ${argument}`] ?? replies[command] ?? `-ERR unknown command '${name}'`;
  return reply.startsWith('-') ? `${reply}\r\n` : `$${Buffer.byteLength(reply)}\r\n${reply}\r\n`;
}
