// One request of node:http, as the server sees it: its two halves in the shape of uWebSockets.js' objects.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HttpRequest, HttpResponse } from './engine.ts';

/** What an answer does to its connection. */
export interface Answered {
  /** The answer is on its way. */
  answered(closing: boolean): void;
  readonly remoteAddress: string;
}

const NOTHING = new Uint8Array();

export class NodeRequest implements HttpRequest {
  readonly #message: IncomingMessage;
  readonly #path: string;
  readonly #query: string;
  readonly #parameters: readonly string[];

  constructor(message: IncomingMessage, path: string, query: string, parameters: readonly string[]) {
    this.#message = message;
    this.#path = path;
    this.#query = query;
    this.#parameters = parameters;
  }

  getCaseSensitiveMethod(): string {
    return this.#message.method ?? '';
  }

  getUrl(): string {
    return this.#path;
  }

  getQuery(): string {
    return this.#query;
  }

  getParameter(index: number): string | undefined {
    return this.#parameters[index];
  }

  forEach(visit: (name: string, value: string) => void): void {
    const { rawHeaders } = this.#message;
    for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
      visit((rawHeaders[index] as string).toLowerCase(), rawHeaders[index + 1] as string);
    }
  }

  getHeader(name: string): string {
    const { rawHeaders } = this.#message;
    for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
      if ((rawHeaders[index] as string).toLowerCase() === name) return rawHeaders[index + 1] as string;
    }
    return '';
  }
}

export class NodeResponse implements HttpResponse {
  readonly #connection: Answered;
  readonly #message: IncomingMessage;
  readonly #response: ServerResponse;
  #head: Head = EMPTY_HEAD;
  readonly #headers: string[] = [];
  #left: (() => void) | null = null;
  #over = false;

  constructor(connection: Answered, message: IncomingMessage, response: ServerResponse) {
    this.#connection = connection;
    this.#message = message;
    this.#response = response;
  }

  /** All of the request has arrived, its body too. */
  get complete(): boolean {
    return this.#message.complete;
  }

  writeStatus(head: string): void {
    this.#head = parseHead(head);
  }

  writeHeader(name: string, value: string): void {
    this.#headers.push(name, value);
  }

  end(body: string, closeConnection = false): void {
    this.#headers.push('Content-Length', String(Buffer.byteLength(body)));
    this.#finish(body, closeConnection);
  }

  endWithoutBody(): void {
    this.#finish('', false);
  }

  cork(write: () => void): void {
    write();
  }

  onAborted(left: () => void): void {
    this.#left = left;
  }

  onData(take: (chunk: { readonly byteLength: number }, isLast: boolean) => void): void {
    this.#message.on('data', (chunk: Buffer) => {
      if (!this.#over) take(chunk, false);
    });
    this.#message.on('end', () => {
      if (!this.#over) take(NOTHING, true);
    });
  }

  getRemoteAddressAsText(): ArrayBuffer {
    return new TextEncoder().encode(this.#connection.remoteAddress).buffer as ArrayBuffer;
  }

  /** The client has left, or can't be understood any more. */
  abort(): void {
    if (this.#over) return;
    this.#over = true;
    this.#left?.();
  }

  #finish(body: string, closeConnection: boolean): void {
    if (this.#over) return;
    this.#over = true;
    // The client may have asked for it.
    const closing = closeConnection || !this.#response.shouldKeepAlive;
    this.#connection.answered(closing);
    // Otherwise Node writes `Connection: keep-alive`, which HTTP/1.1 does not need.
    if (closing) this.#headers.push('Connection', 'close');
    else this.#response.removeHeader('Connection');
    const { status, reason, headers } = this.#head;
    this.#response.writeHead(status, reason, [...headers, ...this.#headers]);
    this.#response.end(body);
  }
}

interface Head {
  readonly status: number;
  readonly reason: string;
  /** Names and values in turn. */
  readonly headers: readonly string[];
}

const EMPTY_HEAD: Head = { status: 200, reason: 'OK', headers: [] };
/** The server has about twenty heads; more could only be a defect, which must not grow (I6). */
const HEADS_MAX = 100;
const heads = new Map<string, Head>();

function parseHead(text: string): Head {
  const known = heads.get(text);
  if (known) return known;
  const [line = '', ...lines] = text.split('\r\n');
  const headers = lines.flatMap((header) => {
    const colon = header.indexOf(':');
    return [header.slice(0, colon), header.slice(colon + 1).trim()];
  });
  const head = { status: Number(line.slice(0, 3)), reason: line.slice(4), headers };
  if (heads.size < HEADS_MAX) heads.set(text, head);
  return head;
}
