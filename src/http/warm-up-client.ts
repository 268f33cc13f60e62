// The client side of the warm-up: connections that ask one request after the other, all in step.
import { connect, type Socket } from 'node:net';

export interface Asks {
  readonly host: string;
  readonly port: number;
  readonly path: string;
  readonly connections: number;
  /** Requests over each connection. */
  readonly asksEach: number;
  readonly withinMs: number;
}

/** Resolves when all are answered, a connection has failed, or the time is over. */
export function askRepeatedly({ host, port, path, connections, asksEach, withinMs }: Asks): Promise<void> {
  const head = `POST ${path} HTTP/1.1\r\nHost: ${host}:${port}\r\nUser-Agent: couponrush\r\nAccept: */*\r\n`;
  const sockets: Socket[] = [];
  return new Promise((resolve) => {
    let open = connections;
    const end = () => {
      clearTimeout(limit);
      for (const socket of sockets) socket.destroy();
      resolve();
    };
    const limit = setTimeout(end, withinMs);
    for (let index = 0; index < connections; index++) {
      const socket = connect({ host, port, noDelay: true });
      sockets.push(socket);
      let asked = 0;
      const ask = () => {
        asked += 1;
        socket.write(`${head}Commerce-User-Id: ${index * asksEach + asked}\r\n\r\n`);
      };
      socket.once('connect', ask);
      // An answer is smaller than a segment, and the next request waits for it.
      socket.on('data', () => {
        if (asked < asksEach) ask();
        else if (--open === 0) end();
      });
      socket.once('error', end);
      socket.once('close', end);
    }
  });
}
