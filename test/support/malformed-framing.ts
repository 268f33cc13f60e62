// Requests whose body is not allowed, or whose end is given in more than one way; as malformed-requests.ts has them.
import {
  BAD_CLOSED,
  ISSUE_PATH,
  type MalformedRequest,
  many,
  NOBODY,
  NOTHING,
  post,
  REFUSED_LENGTH,
  REFUSED_LINE,
  raw,
  SILENCE,
  TOO_LARGE,
  USER,
} from './malformed-requests.ts';

type Case = MalformedRequest;

export const malformedFraming: readonly Case[] = [
  {
    name: 'a body of 4,097 bytes',
    bytes: `${post(ISSUE_PATH, USER, 'Content-Length: 4097')}${'x'.repeat(4097)}`,
    golden: BAD_CLOSED,
  },
  {
    name: 'chunks of 4,097 bytes',
    bytes: `${post(ISSUE_PATH, USER, 'Transfer-Encoding: chunked')}1001\r\n${'x'.repeat(4097)}\r\n0\r\n\r\n`,
    golden: BAD_CLOSED,
  },
  {
    name: 'a body behind too many headers',
    bytes: `${post(ISSUE_PATH, USER, 'Content-Length: 2', ...many(50))}{}`,
    golden: `${TOO_LARGE}, closed`,
  },
  {
    name: 'a body without an identity',
    bytes: `${post(ISSUE_PATH, 'Content-Length: 2')}{}`,
    golden: NOBODY,
  },
  {
    name: 'chunks without an identity',
    bytes: `${post(ISSUE_PATH, 'Transfer-Encoding: chunked')}0\r\n\r\n`,
    golden: `${NOBODY}, closed`,
  },
  {
    name: 'the size of a chunk in letters beyond F',
    bytes: `${post(ISSUE_PATH, USER, 'Transfer-Encoding: chunked')}z\r\n\r\n`,
    golden: REFUSED_LENGTH,
  },
  { name: 'a body on an unknown path', bytes: `${post('/x', 'Content-Length: 2')}{}`, golden: BAD_CLOSED },
  { name: 'a body of a GET', bytes: `${raw('GET /livez HTTP/1.1', 'Content-Length: 2')}{}`, golden: BAD_CLOSED },
  {
    name: 'a body of a PUT',
    bytes: `${raw(`PUT ${ISSUE_PATH} HTTP/1.1`, USER, 'Content-Length: 2')}{}`,
    golden: BAD_CLOSED,
  },
  {
    name: 'a body that is too long and waits for 100',
    bytes: post(ISSUE_PATH, USER, 'Content-Length: 5000', 'Expect: 100-continue'),
    golden: `100 -, ${BAD_CLOSED}`,
  },
  {
    name: 'two lengths, both zero',
    bytes: post(ISSUE_PATH, USER, 'Content-Length: 0', 'Content-Length: 0'),
    golden: BAD_CLOSED,
  },
  ...['00', '', '01', '4097', '10000'].map(
    (length): Case => ({
      name: `a length of ${JSON.stringify(length)}`,
      bytes: post(ISSUE_PATH, USER, `Content-Length: ${length}`),
      golden: BAD_CLOSED,
    }),
  ),
  ...['+0', '-0', '0x0', '0,0', '0 0', 'abc', '1e1', '18446744073709551616'].map(
    (length): Case => ({
      name: `a length of ${JSON.stringify(length)}`,
      bytes: post(ISSUE_PATH, USER, `Content-Length: ${length}`),
      golden: REFUSED_LENGTH,
    }),
  ),
  ...[
    'CHUNKED',
    'Chunked',
    'chunked;q=1',
    'chunked,',
    'chunked, chunked',
    'identity',
    'gzip',
    'xchunked',
    'chunked, identity',
    'identity, chunked',
    '"chunked"',
  ].map(
    (coding): Case => ({
      name: `the transfer coding ${JSON.stringify(coding)}`,
      bytes: `${post(ISSUE_PATH, USER, `Transfer-Encoding: ${coding}`)}0\r\n\r\n`,
      golden: BAD_CLOSED,
    }),
  ),
  {
    name: 'an empty transfer coding',
    bytes: `${post(ISSUE_PATH, USER, 'Transfer-Encoding:')}0\r\n\r\n`,
    golden: REFUSED_LINE,
  },
  {
    name: 'a transfer coding behind a tab',
    bytes: post(ISSUE_PATH, USER, 'Transfer-Encoding: \x0bchunked'),
    golden: SILENCE,
  },
  {
    name: 'an upgrade to h2c',
    bytes: post('/x', 'Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c'),
    golden: NOTHING,
  },
  {
    name: 'an upgrade to websocket',
    bytes: raw(
      'GET /livez HTTP/1.1',
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    ),
    golden: '200 -',
  },
];
