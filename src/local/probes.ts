// Is a server ready to be used? Asked over a plain socket, so that nothing is loaded and no login is needed.
// Promise: true only if the server itself answered; each question ends within PROBE_TIMEOUT_MS.
import { connect } from 'node:net';

const PROBE_TIMEOUT_MS = 500;

function ask(port: number, question: string, isYes: (answer: Buffer) => boolean): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    const settle = (ready: boolean): void => {
      socket.destroy();
      resolve(ready);
    };
    socket.setTimeout(PROBE_TIMEOUT_MS, () => settle(false));
    socket.once('error', () => settle(false));
    socket.once('close', () => settle(false));
    socket.once('data', (answer) => settle(isYes(answer)));
    if (question !== '') socket.write(question);
  });
}

/** Redis answers PING with LOADING until its data are there. */
export function isRedisReady(port: number): Promise<boolean> {
  return ask(port, 'PING\r\n', (answer) => answer.toString('latin1').startsWith('+PONG'));
}

/** MySQL and MariaDB greet first, with protocol version 10 after the 4 bytes of the packet header, and only once their
 * recovery and the init file are done. */
export function isMysqlReady(port: number): Promise<boolean> {
  return ask(port, '', (greeting) => greeting[4] === 10);
}
