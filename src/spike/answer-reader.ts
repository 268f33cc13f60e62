// Reads the one HTTP/1.1 answer of a connection from its bytes, however they are cut: with Content-Length, chunked, or
// without either until the connection ends.

export interface HttpAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

interface Head {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly bodyAt: number;
  readonly framing: { readonly length: number } | 'chunked' | 'until-end';
}

const ANSWER_BYTES_MAX = 1024 * 1024;
const HEAD_END = '\r\n\r\n';
const STATUS_LINE = /^HTTP\/1\.[01] ([1-5]\d\d)(?: |$)/;
const WITHOUT_BODY = new Set([204, 304]);

export class AnswerReader {
  #bytes: Buffer | null = null;
  #head: Head | null = null;

  /**
   * @returns the answer once it is complete
   * @throws Error if this is no answer in HTTP/1.1, or one of more than 1 MB
   */
  read(chunk: Buffer): HttpAnswer | null {
    const bytes = this.#bytes === null ? chunk : Buffer.concat([this.#bytes, chunk]);
    this.#bytes = bytes;
    if (bytes.length > ANSWER_BYTES_MAX) throw new Error('the answer is too large');
    this.#head ??= readHead(bytes);
    if (this.#head === null) return null;
    const { framing, bodyAt, status } = this.#head;
    // 100 Continue and the like: the answer itself follows.
    if (status < 200) {
      this.#bytes = null;
      this.#head = null;
      return this.read(bytes.subarray(bodyAt));
    }
    if (framing === 'until-end') return null;
    const body = framing === 'chunked' ? readChunked(bytes, bodyAt) : readLength(bytes, bodyAt, framing.length);
    return body === null ? null : this.#answer(this.#head, body);
  }

  /** @returns the answer that the end of the connection completes; null if it was cut off */
  end(): HttpAnswer | null {
    if (this.#bytes === null || this.#head?.framing !== 'until-end') return null;
    return this.#answer(this.#head, this.#bytes.toString('utf8', this.#head.bodyAt));
  }

  #answer({ status, headers }: Head, body: string): HttpAnswer {
    return { status, headers, body };
  }
}

function readHead(bytes: Buffer): Head | null {
  const end = bytes.indexOf(HEAD_END);
  if (end < 0) return null;
  const [statusLine = '', ...lines] = bytes.toString('latin1', 0, end).split('\r\n');
  const [, status] = STATUS_LINE.exec(statusLine) ?? [];
  if (status === undefined) throw new Error('the answer is not HTTP/1.1');
  const headers = new Map(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
    }),
  );
  return {
    status: Number(status),
    headers,
    bodyAt: end + HEAD_END.length,
    framing: framingOf(Number(status), headers),
  };
}

function framingOf(status: number, headers: ReadonlyMap<string, string>): Head['framing'] {
  if (WITHOUT_BODY.has(status)) return { length: 0 };
  if (headers.get('transfer-encoding')?.toLowerCase().endsWith('chunked')) return 'chunked';
  const length = headers.get('content-length');
  if (length === undefined) return 'until-end';
  if (!/^\d{1,9}$/.test(length)) throw new Error('the Content-Length of the answer is malformed');
  return { length: Number(length) };
}

function readLength(bytes: Buffer, bodyAt: number, length: number): string | null {
  return bytes.length - bodyAt < length ? null : bytes.toString('utf8', bodyAt, bodyAt + length);
}

/** @returns the body once its last chunk is there */
function readChunked(bytes: Buffer, bodyAt: number): string | null {
  const parts: Buffer[] = [];
  for (let at = bodyAt; ; ) {
    const lineEnd = bytes.indexOf('\r\n', at);
    if (lineEnd < 0) return null;
    const [, size] = /^([0-9a-f]{1,6})[ \t]*(?:;|$)/i.exec(bytes.toString('latin1', at, lineEnd)) ?? [];
    if (size === undefined) throw new Error('a chunk of the answer is malformed');
    const length = Number.parseInt(size, 16);
    if (length === 0) return Buffer.concat(parts).toString('utf8');
    const chunkAt = lineEnd + 2;
    if (bytes.length < chunkAt + length + 2) return null;
    parts.push(bytes.subarray(chunkAt, chunkAt + length));
    at = chunkAt + length + 2;
  }
}
