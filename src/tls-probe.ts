// What a port speaks, if a connection to it failed in a way that does not show it. A Redis that is spoken to in TLS
// waits for the end of a line, and one that expects TLS closes the connection without a word.
import { connect as connectPlain, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

const WITHIN_MS = 1000;

/** Whether a TLS handshake comes about, with any certificate. Nothing else is sent. */
export function answersTls({ host, port }: Endpoint): Promise<boolean> {
  return settle(connectTls({ host, port, rejectUnauthorized: false }), (socket, found) =>
    socket.once('secureConnect', () => found(true)),
  );
}

/** Whether what answers `line` in plain text begins with `expected`. */
export function answersPlain({ host, port }: Endpoint, line: string, expected: RegExp): Promise<boolean> {
  return settle(connectPlain({ host, port }), (socket, found) => {
    socket.once('connect', () => socket.write(line));
    socket.once('data', (data: Buffer) => found(expected.test(data.toString('latin1'))));
  });
}

function settle(socket: Socket, watch: (socket: Socket, found: (answer: boolean) => void) => void): Promise<boolean> {
  return new Promise((resolve) => {
    const found = (answer: boolean) => {
      resolve(answer);
      socket.destroy();
    };
    socket.setTimeout(WITHIN_MS, () => found(false));
    socket.once('error', () => found(false));
    socket.once('close', () => found(false));
    watch(socket, found);
  });
}
