// One client connection: one request at a time, its answer passed to a callback. All connections read into one buffer,
// since each chunk is used up before the next one is read.
import { Socket, type TcpSocketConnectOpts } from 'node:net';
import { scanAnswer } from './answer-scan.ts';

const shared = Buffer.allocUnsafe(64 * 1024);

export interface ClientEvents {
  /** Just before the kernel is asked to connect. */
  onAttempt?(client: Client): void;
  onConnect(client: Client): void;
  onAnswer(client: Client, status: number): void;
  /** The connection is gone. `waiting`: with a request without an answer. */
  onEnd(client: Client, waiting: boolean, reason: string): void;
}

export class Client {
  /** When the request under way was due, or sent. */
  startedMs = 0;
  user = 0;
  readonly couponIndex: number;
  readonly #port: number;
  readonly #localAddress: string;
  readonly #socket: Socket;
  readonly #events: ClientEvents;
  #partial: Buffer | null = null;
  #waiting = false;
  #ended = false;

  /** @param localAddress of loopback; several of them make room for more than 28,000 connections */
  constructor(port: number, couponIndex: number, events: ClientEvents, localAddress = '127.0.0.1') {
    this.couponIndex = couponIndex;
    this.#port = port;
    this.#localAddress = localAddress;
    this.#events = events;
    // The constructor takes these two, which its type leaves out.
    const options: Pick<TcpSocketConnectOpts, 'onread' | 'noDelay'> = {
      noDelay: true,
      onread: { buffer: shared, callback: (length) => this.#read(length) },
    };
    this.#socket = new Socket(options as object);
    this.#socket.once('connectionAttempt', () => events.onAttempt?.(this));
    this.#socket.once('connect', () => events.onConnect(this));
    this.#socket.once('error', (error: NodeJS.ErrnoException) => this.#end(error.code ?? error.message));
    this.#socket.once('close', () => this.#end('closed'));
  }

  /** The kernel is asked at the end of this turn of the event loop. */
  connect(): void {
    this.#socket.connect({
      port: this.#port,
      host: '127.0.0.1',
      localAddress: this.#localAddress,
      autoSelectFamily: false,
    });
  }

  send(bytes: Buffer): void {
    this.#waiting = true;
    this.#socket.write(bytes);
  }

  close(): void {
    this.#ended = true;
    this.#socket.destroy();
  }

  #read(length: number): boolean {
    const chunk = shared.subarray(0, length);
    const bytes = this.#partial === null ? chunk : Buffer.concat([this.#partial, chunk]);
    const status = scanAnswer(bytes);
    if (status === 0) {
      this.#partial = Buffer.from(bytes);
      return true;
    }
    this.#partial = null;
    this.#waiting = false;
    this.#events.onAnswer(this, status);
    return true;
  }

  #end(reason: string): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#events.onEnd(this, this.#waiting, reason);
  }
}
