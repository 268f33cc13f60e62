// A load balancer or firewall between couponrush and MySQL that forgets connections without a word: what is sent on one
// that was at rest for too long goes nowhere, and neither side is notified. New connections work.
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import type { Scope } from './servers.ts';

export interface ForgetfulBalancer {
  urlOf(directUrl: string): string;
  /** All connections that exist now, as when it was replaced by another one. */
  forgetAll(): void;
  /** Connections that it has forgotten so far. */
  readonly forgotten: number;
  /** Connections made so far. */
  readonly made: number;
}

/** @param idleMs without a byte in either direction, and a connection is forgotten */
export async function startForgetfulBalancer(t: Scope, targetPort: number, idleMs: number): Promise<ForgetfulBalancer> {
  const links = new Set<{ forget(): void }>();
  const sockets: Socket[] = [];
  let forgotten = 0;
  let made = 0;
  const server = createServer({ noDelay: true }, (client) => {
    made += 1;
    const target = connect({ port: targetPort, host: '127.0.0.1', noDelay: true });
    sockets.push(client, target);
    const link = {
      forget() {
        if (!links.delete(link)) return;
        forgotten += 1;
        for (const socket of [client, target]) socket.removeAllListeners('data').resume();
      },
    };
    links.add(link);
    let timer = setTimeout(link.forget, idleMs);
    const relay = (from: Socket, to: Socket) => {
      from.on('error', () => {});
      from.on('data', (chunk) => {
        clearTimeout(timer);
        timer = setTimeout(link.forget, idleMs);
        to.write(chunk);
      });
      from.on('close', () => {
        clearTimeout(timer);
        // The end of one side is passed on, too, unless the connection is forgotten.
        if (links.delete(link)) to.destroy();
      });
    };
    relay(client, target);
    relay(target, client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  t.after(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return {
    urlOf(directUrl) {
      const url = new URL(directUrl);
      url.port = String(port);
      return url.href;
    },
    forgetAll() {
      for (const link of [...links]) link.forget();
    },
    get forgotten() {
      return forgotten;
    },
    get made() {
      return made;
    },
  };
}
