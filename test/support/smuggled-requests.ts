// Requests that hide a second one behind the first, where two readers could part them at different places. User 666 is
// always the hidden one: no matter what is answered, nothing may be issued to that user. The first one, of user 1, may
// be answered if it is sound by itself.
import { ISSUE_PATH, post, raw } from './malformed-requests.ts';

export const HIDDEN_USER = 666;

const USER = 'Commerce-User-Id: 1';
const hidden = post(ISSUE_PATH, `Commerce-User-Id: ${HIDDEN_USER}`);
const length = `Content-Length: ${hidden.length}`;
const CHUNKED = 'Transfer-Encoding: chunked';
const inChunk = `${hidden.length.toString(16)}\r\n${hidden}\r\n0\r\n\r\n`;

function behind(...headers: string[]): string {
  return post(ISSUE_PATH, USER, ...headers);
}

/** Of a route that takes it. */
function head(...headers: string[]): string {
  return raw('HEAD /livez HTTP/1.1', ...headers);
}

export const smuggledRequests: readonly (readonly [name: string, bytes: string | readonly string[]])[] = [
  ['CL.CL', `${behind('Content-Length: 0', length)}${hidden}`],
  ['CL.CL, the other way round', `${behind(length, 'Content-Length: 0')}${hidden}`],
  ['CL.TE', `${behind('Content-Length: 5', CHUNKED)}0\r\n\r\n${hidden}`],
  ['CL.TE with length 0', `${behind('Content-Length: 0', CHUNKED)}0\r\n\r\n${hidden}`],
  ['TE.CL', `${behind(CHUNKED, 'Content-Length: 4')}0\r\n\r\n${hidden}`],
  ['TE', `${behind(CHUNKED)}0\r\n\r\n${hidden}`],
  ['TE in capitals', `${behind('TRANSFER-ENCODING: CHUNKED')}0\r\n\r\n${hidden}`],
  ['obfuscated TE', `${behind('Transfer-Encoding: xchunked')}0\r\n\r\n${hidden}`],
  ['TE behind a tab', `${behind('Transfer-Encoding:\tchunked')}0\r\n\r\n${hidden}`],
  ['TE behind a vertical tab', `${behind('Transfer-Encoding:\x0bchunked')}0\r\n\r\n${hidden}`],
  ['TE with a space before the colon', `${behind('Transfer-Encoding : chunked')}0\r\n\r\n${hidden}`],
  ['TE in a folded header', `${behind('X: y', ' Transfer-Encoding: chunked')}0\r\n\r\n${hidden}`],
  ['TE behind a bare LF', `${behind('X: y\nTransfer-Encoding: chunked')}0\r\n\r\n${hidden}`],
  ['TE twice', `${behind('Transfer-Encoding: identity', CHUNKED)}0\r\n\r\n${hidden}`],
  ['TE identity with a length', `${behind('Transfer-Encoding: identity', length)}${hidden}`],
  ['a body that is a request', `${behind(length)}${hidden}`],
  ['a body that comes later', [behind(length), hidden]],
  ['HEAD with a body that comes later', [head(length), hidden]],
  ['HEAD with CL.CL', `${head('Content-Length: 0', length)}${hidden}`],
  ['HEAD with CL.CL, its body later', [head('Content-Length: 0', length), hidden]],
  ['HEAD with a chunk that comes later', [head(CHUNKED), inChunk]],
  ['a chunk that is a request', `${behind(CHUNKED)}${inChunk}`],
  ['a chunk that comes later', [behind(CHUNKED), inChunk]],
  ['a chunk extension', `${behind(CHUNKED)}0;${'x'.repeat(20)}\r\n\r\n${hidden}`],
  ['a chunk extension that is a request', `${behind(CHUNKED)}0;\n${hidden}`],
  ['a chunk with a sign', `${behind(CHUNKED)}-1\r\n\r\n${hidden}`],
  ['a chunk with a prefix', `${behind(CHUNKED)}0x0\r\n\r\n${hidden}`],
  ['a chunk of 2^64', `${behind(CHUNKED)}10000000000000000\r\n${hidden}`],
  ['a chunk that ends with LF', `${behind(CHUNKED)}0\n\n${hidden}`],
  ['a trailer', `${behind(CHUNKED)}0\r\nCommerce-User-Id: ${HIDDEN_USER}\r\n\r\n${hidden}`],
  ['a request behind an empty chunked body, later', [`${behind(CHUNKED)}0\r\n\r\n`, hidden]],
  ['a request behind chunks, later', [`${behind(CHUNKED)}2\r\n{}\r\n0\r\n\r\n`, hidden]],
  ['a request behind chunks and their headers in pieces', [behind(CHUNKED), '2\r\n{}\r\n0\r\n\r\n', hidden]],
  ['a request behind chunks that are refused at once', `${post(ISSUE_PATH, CHUNKED)}0\r\n\r\n${hidden}`],
  [
    'a request behind chunks for a coupon that can not be',
    `${post('/api/v2/me/coupons/0/issue', USER, CHUNKED)}0\r\n\r\n${hidden}`,
  ],
  ['a request where the last CRLF should be', [`${behind(CHUNKED)}0\r\n`, `xx${hidden}`]],
  ['a size behind a space', [`${behind(CHUNKED)} ${inChunk.slice(0, 6)}`, hidden]],
  ['a size behind a tab', [`${behind(CHUNKED)}\t${inChunk}`, hidden]],
  ['a size behind a letter beyond ASCII', [`${behind(CHUNKED)}\xff${inChunk}`, hidden]],
  ['no size', [`${behind(CHUNKED)}\r\n\r\n`, hidden]],
  ['a size of g', [`${behind(CHUNKED)}g\r\n${'x'.repeat(16)}\r\n0\r\n\r\n`, hidden]],
  ['an extension without a space', [`${behind(CHUNKED)}0;a\r\n\r\n`, hidden]],
  ['an extension that is a digit to some', [`${behind(CHUNKED)}0;\r\n\r\n`, hidden, 'x'.repeat(9)]],
  ['a chunk without its CRLF', [`${behind(CHUNKED)}2\r\n{}xx0\r\n\r\n`, hidden]],
  ['a chunk of 2^60', [`${behind(CHUNKED)}1000000000000000\r\n`, hidden]],
  ['a chunk of 2^62', [`${behind(CHUNKED)}4000000000000000\r\n`, hidden]],
  ['a chunk of 2^64 in leading zeros', [`${behind(CHUNKED)}${'0'.repeat(40)}\r\n\r\n`, hidden]],
  ['a trailer that comes later', [`${behind(CHUNKED)}0\r\n`, `XX${hidden}`]],
  ['a body that is too long', [behind('Content-Length: 5000'), `${'x'.repeat(5000)}${hidden}`]],
  ['chunks that are too long', [behind(CHUNKED), `1388\r\n${'x'.repeat(5000)}\r\n0\r\n\r\n${hidden}`]],
  ['a body that never ends', [behind('Content-Length: 4096'), hidden, hidden]],
  ['a length with a sign', `${behind('Content-Length: +0')}${hidden}`],
  ['a length in hexadecimal', `${behind('Content-Length: 0x0')}${hidden}`],
  ['a list of lengths', `${behind(`Content-Length: 0, ${hidden.length}`)}${hidden}`],
  ['an upgrade', `${behind('Connection: Upgrade', 'Upgrade: h2c')}${hidden}`],
  ['a header value', behind(`X: ${hidden}`)],
  ['a query', post(`${ISSUE_PATH}?\r\n\r\n${hidden}`, USER)],
];
