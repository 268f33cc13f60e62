// What the issue API's server needs of an HTTP library: a subset of uWebSockets.js' own interface, under its own names.
// Promise: uWebSockets.js' objects are these interfaces, without a wrapper, so the hot path costs nothing more.
// A second implementation on node:http (node.ts) behaves the same, but for what docs/http-engines.md lists.
import type { TlsFiles } from '../tls.ts';

export const engineNames = ['uws', 'node'] as const;
export type EngineName = (typeof engineNames)[number];

/** What the engine gave for a socket that listens; only the engine can read it. */
export type ListenSocket = object;

export interface HttpEngine {
  readonly name: EngineName;
  /** @param tls null: plain HTTP. The files are read now. */
  createApp(tls: TlsFiles | null): HttpApp;
  /**
   * Takes no new connections; open ones stay.
   * @param now also not those that wait in the socket's queue: they are reset
   */
  closeListenSocket(socket: ListenSocket, now: boolean): void;
}

/** Ended by `end` or `endWithoutBody`, or reported to have left by `onAborted`; not to be used afterwards. */
export interface HttpResponse {
  /** @param head the status line without its version; constant headers may follow it, each behind a CRLF */
  writeStatus(head: string): unknown;
  writeHeader(name: string, value: string): unknown;
  /** Adds Content-Length. With `closeConnection` also `Connection: close`, and closes once the answer is written. */
  end(body: string, closeConnection?: boolean): unknown;
  /** To HEAD. */
  endWithoutBody(): unknown;
  /** Around all writing that is not done within the handler. */
  cork(write: () => void): unknown;
  /** To be called within the handler unless it answers; `left` is called at most once, and never after the answer. */
  onAborted(left: () => void): unknown;
  /** The request's body; to be called within the handler. Nothing is reported after the client has left. */
  onData(take: (chunk: { readonly byteLength: number }, isLast: boolean) => void): unknown;
  /** Of the connection's peer. */
  getRemoteAddressAsText(): ArrayBuffer;
}

/** Valid within the handler only. */
export interface HttpRequest {
  getCaseSensitiveMethod(): string;
  /** The path, not decoded, without the query. */
  getUrl(): string;
  /** Without the question mark; undefined or empty if there is none. */
  getQuery(): string | undefined;
  /** What stood in the place of the n-th `:name` of the pattern, not decoded. */
  getParameter(index: number): string | undefined;
  /** Each header in its order, also repeated ones; names in lower case. */
  forEach(visit: (name: string, value: string) => void): void;
  /** @param name in lower case @returns empty if there is none; the first one if it is repeated */
  getHeader(name: string): string;
}

/** It must answer, or call `onAborted`, before it returns. It must not throw. */
export type RequestHandler = (response: HttpResponse, request: HttpRequest) => void;

/** Patterns are segments, `:name` for any one that is not empty, or `/*` for every path. Methods come before `any`. */
export interface HttpApp {
  get(pattern: string, handler: RequestHandler): unknown;
  head(pattern: string, handler: RequestHandler): unknown;
  post(pattern: string, handler: RequestHandler): unknown;
  options(pattern: string, handler: RequestHandler): unknown;
  any(pattern: string, handler: RequestHandler): unknown;
  /** `count` gets 1 for each connection that opens and -1 for each that closes. */
  filter(count: (response: HttpResponse, change: unknown) => void): unknown;
  /** @param done called once, before `listen` returns or later, with false if the address can't be bound */
  listen(host: string, port: number, done: (socket: ListenSocket | false) => void): unknown;
  /** Ends every connection and stops listening. */
  close(): unknown;
}
