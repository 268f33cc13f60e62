// Ports for our own servers on 127.0.0.1.
// Promise: a port that was free a moment ago. Another program can still take it: the server then says so and ends.
import { createServer } from 'node:net';

/** Below the range that systems give to outgoing connections (Linux 32768, macOS 49152): a spike must not take our port
 * while a killed server is being started again. */
const FIRST_PORT = 21_000;
const PORT_COUNT = 11_000;
const ATTEMPTS_MAX = 100;

export function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** A free port, at random so that programs that look at the same time find different ones. */
export async function findFreePort(): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const port = FIRST_PORT + Math.floor(Math.random() * PORT_COUNT);
    if (await isPortFree(port)) return port;
  }
  throw new Error(`no free port was found from ${FIRST_PORT} to ${FIRST_PORT + PORT_COUNT - 1}`);
}
