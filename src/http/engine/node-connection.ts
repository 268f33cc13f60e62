// One client connection of node:http, held to what uWebSockets.js does by itself.
// Promise: a connection has one request at a time, and nothing behind an answer that closes is read. So what a client
// or a proxy sends behind a request of uncertain end is never executed.
// Promise (I6): a connection that owes a request, or does not read its answer, is cut after IDLE_MAX_MS, however
// lively.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { NodeResponse } from './node-answers.ts';
import { refusalOf, unsupportedVersion } from './node-refusals.ts';

/** As uWebSockets.js has it. */
const IDLE_MAX_MS = 10_000;

export class NodeConnection {
  readonly #socket: Socket;
  #idleSinceMs = performance.now();
  /** The request without an answer. */
  #pending: NodeResponse | null = null;
  #latest: ServerResponse | null = null;
  #closing = false;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.once('close', () => this.#abort());
  }

  get remoteAddress(): string {
    return this.#socket.remoteAddress ?? '';
  }

  /** null if the request must not be handled. */
  take(message: IncomingMessage, response: ServerResponse): NodeResponse | null {
    // Behind an answer that closes: what follows may be a body.
    if (this.#closing) return null;
    if (this.#pending) {
      this.cut();
      return null;
    }
    this.#latest = response;
    if (message.httpVersion !== '1.1') {
      this.#refuse(unsupportedVersion);
      return null;
    }
    if (message.headers.host === undefined || !message.url?.startsWith('/')) {
      this.#refuse(refusalOf('HPE_INVALID_URL'));
      return null;
    }
    // Its parser refuses it from Node 26 on.
    if (message.headers['transfer-encoding'] === '') {
      this.#refuse(refusalOf('HPE_INVALID_TRANSFER_ENCODING'));
      return null;
    }
    this.#pending = new NodeResponse(this, message, response);
    return this.#pending;
  }

  answered(closing: boolean): void {
    this.#pending = null;
    this.#closing ||= closing;
    this.#idleSinceMs = performance.now();
  }

  /** Node's parser can't read on. */
  unreadable(code: string | undefined): void {
    if (this.#closing) return;
    // One whose request is complete may be granted just now, and one that is answered may still be writing it.
    const isAnswering = this.#pending ? this.#pending.complete : this.#latest?.writableFinished === false;
    if (isAnswering || !this.#socket.writable) this.cut();
    else this.#refuse(refusalOf(code));
  }

  /** Cuts it if it is due. */
  review(nowMs: number): void {
    if (this.#pending === null && nowMs - this.#idleSinceMs > IDLE_MAX_MS) this.cut();
  }

  cut(): void {
    this.#abort();
    this.#socket.destroy();
  }

  #refuse(answer: string): void {
    this.#abort();
    this.answered(true);
    this.#socket.end(answer, () => this.#socket.destroy());
  }

  #abort(): void {
    const pending = this.#pending;
    this.#pending = null;
    pending?.abort();
  }
}
