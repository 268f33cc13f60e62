// What Node's HTTP parser refuses before there is a request: the answer is written to the socket directly, and the
// connection is closed.
import type { Socket } from 'node:net';
import { type ProblemCode, problems } from '../errors.ts';

const codes: Readonly<Record<string, ProblemCode>> = { HPE_HEADER_OVERFLOW: 'HEADERS_TOO_LARGE' };
const reasons: Readonly<Record<number, string>> = { 400: 'Bad Request', 431: 'Request Header Fields Too Large' };

export function refuseMalformed(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const code = codes[error.code ?? ''] ?? 'BAD_REQUEST';
  const { status, title } = problems[code];
  const body = JSON.stringify({ type: `urn:couponrush:problem:${code}`, title, status, code });
  socket.end(
    `HTTP/1.1 ${status} ${reasons[status]}\r\nContent-Type: application/problem+json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
