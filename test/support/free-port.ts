// A port on 127.0.0.1 for a server of a test: free a moment ago, outside the range of outgoing connections.
import { findFreePort } from '../../src/local/ports.ts';

const given = new Set<number>();

/** Never the same one twice in a process: what it was given for may not listen yet, or be stopped for a while. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = await findFreePort();
    if (given.has(port)) continue;
    given.add(port);
    return port;
  }
}
