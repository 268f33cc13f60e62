// The engine on node:http, for machines that uWebSockets.js has no file for. Its parser is strict, and what it lets
// through is judged by the same code as with uWebSockets.js.
import { readFileSync } from 'node:fs';
import { createServer as createHttp, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttps } from 'node:https';
import type { Socket } from 'node:net';
import type { TlsFiles } from '../tls.ts';
import type { HttpApp, HttpEngine, HttpResponse, ListenSocket, RequestHandler } from './engine.ts';
import { NodeRequest } from './node-answers.ts';
import { NodeConnection } from './node-connection.ts';
import { type Listening, listen } from './node-listen.ts';
import { NodeRoutes } from './node-routes.ts';

/** Twice what is allowed, so that a request just beyond it gets its answer from the server. */
const HEADER_BYTES_PARSED = 16_384;
const REVIEW_EVERY_MS = 1000;
const HANDSHAKE_WITHIN_MS = 10_000;

const options = {
  insecureHTTPParser: false,
  maxHeaderSize: HEADER_BYTES_PARSED,
  // NodeConnection does these three.
  requireHostHeader: false,
  keepAliveTimeout: 0,
  headersTimeout: 0,
  requestTimeout: 0,
} as const;

class NodeApp implements HttpApp {
  readonly #server: ReturnType<typeof createHttp | typeof createHttps>;
  readonly #routes = new NodeRoutes();
  readonly #listens = new Set<Listening>();
  /** As the kernel has them; those of TLS also before their handshake. */
  readonly #sockets = new Set<Socket>();
  readonly #connections = new Map<Socket, NodeConnection>();
  readonly #review: NodeJS.Timeout;
  #count: (response: HttpResponse, change: unknown) => void = () => {};

  constructor(tls: TlsFiles | null) {
    this.#server = tls
      ? createHttps({
          ...options,
          cert: readFileSync(tls.certFile),
          key: readFileSync(tls.keyFile),
          minVersion: 'TLSv1.2',
          handshakeTimeout: HANDSHAKE_WITHIN_MS,
        })
      : createHttp(options);
    this.#server.on(tls ? 'secureConnection' : 'connection', (socket: Socket) => this.#connect(socket));
    this.#server.on('request', this.#serve);
    // An `Expect` that Node does not know changes nothing, as with uWebSockets.js.
    this.#server.on('checkExpectation', this.#serve);
    this.#server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
      const connection = this.#connections.get(socket as Socket);
      if (connection && error.code !== 'ECONNRESET') connection.unreadable(error.code);
      else socket.destroy();
    });
    this.#review = setInterval(() => {
      const nowMs = performance.now();
      for (const connection of this.#connections.values()) connection.review(nowMs);
    }, REVIEW_EVERY_MS).unref();
  }

  get(pattern: string, handler: RequestHandler): void {
    this.#routes.add('GET', pattern, handler);
  }

  head(pattern: string, handler: RequestHandler): void {
    this.#routes.add('HEAD', pattern, handler);
  }

  post(pattern: string, handler: RequestHandler): void {
    this.#routes.add('POST', pattern, handler);
  }

  options(pattern: string, handler: RequestHandler): void {
    this.#routes.add('OPTIONS', pattern, handler);
  }

  any(pattern: string, handler: RequestHandler): void {
    this.#routes.add(null, pattern, handler);
  }

  filter(count: (response: HttpResponse, change: unknown) => void): void {
    this.#count = count;
  }

  listen(host: string, port: number, done: (socket: ListenSocket | false) => void): void {
    listen({ host, port }, this.#accept, (listening) => {
      if (!listening) {
        done(false);
        return;
      }
      const socket: Listening = {
        close: (now) => {
          if (this.#listens.delete(socket)) listening.close(now);
        },
      };
      this.#listens.add(socket);
      done(socket);
    });
  }

  close(): void {
    clearInterval(this.#review);
    for (const listening of this.#listens) listening.close(true);
    for (const socket of this.#sockets) socket.destroy();
  }

  readonly #accept = (socket: Socket): void => {
    this.#sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => {
      this.#sockets.delete(socket);
      this.#count(NO_RESPONSE, -1);
    });
    this.#count(NO_RESPONSE, 1);
    this.#server.emit('connection', socket);
  };

  #connect(socket: Socket): void {
    this.#connections.set(socket, new NodeConnection(socket));
    socket.once('close', () => this.#connections.delete(socket));
  }

  readonly #serve = (message: IncomingMessage, response: ServerResponse): void => {
    const taken = this.#connections.get(message.socket)?.take(message, response);
    if (!taken) return;
    const url = message.url as string;
    const mark = url.indexOf('?');
    const path = mark < 0 ? url : url.slice(0, mark);
    const match = this.#routes.find(message.method ?? '', path);
    const query = mark < 0 ? '' : url.slice(mark + 1);
    if (match) match.handler(taken, new NodeRequest(message, path, query, match.parameters));
    else message.socket.destroy();
  };
}

/** Whoever counts connections does not look at it. */
const NO_RESPONSE = undefined as unknown as HttpResponse;

export const nodeEngine: HttpEngine = {
  name: 'node',
  createApp: (tls) => new NodeApp(tls),
  closeListenSocket: (socket, now) => (socket as Listening).close(now),
};
