// What a client reads whose request can't be parsed: written as it is, since there is no request to answer.
import { type IssueProblemCode, problems } from '../../errors.ts';

function answerOf(status: string, body: string, contentType: string): string {
  const type = contentType ? `Content-Type: ${contentType}\r\n` : '';
  return `HTTP/1.1 ${status}\r\n${type}Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`;
}

function problemAnswer(code: IssueProblemCode, reason: string, detail: string): string {
  const { status, title } = problems[code];
  const body = JSON.stringify({ type: `urn:couponrush:problem:${code}`, title, status, code, detail });
  return answerOf(`${status} ${reason}`, body, 'application/problem+json');
}

const unreadable = problemAnswer('BAD_REQUEST', 'Bad Request', 'This is not a sound HTTP/1.1 request');
const tooLarge = problemAnswer('HEADERS_TOO_LARGE', 'Request Header Fields Too Large', 'The headers are too large');
/** Of HTTP/1.1 alone is the end of each message certain. uWebSockets.js answers the same. */
export const unsupportedVersion = answerOf('505 HTTP Version Not Supported', '', '');

/** @param code of Node's parser */
export function refusalOf(code: string | undefined): string {
  if (code === 'HPE_HEADER_OVERFLOW') return tooLarge;
  return code === 'HPE_INVALID_VERSION' ? unsupportedVersion : unreadable;
}
