// Requests that no well-behaved client sends, each with the golden answer of the whole server: status and code of every
// answer on the connection, then `closed` if the server closes it at once. What uWebSockets.js refuses by itself has no
// code.

export interface MalformedRequest {
  readonly name: string;
  readonly bytes: string | readonly string[];
  /** Several if it depends on how the bytes arrive. */
  readonly golden: string | readonly string[];
  /** A header that each answer must have. */
  readonly header?: readonly [string, string];
}

type Case = MalformedRequest;

export const ISSUE_PATH = '/api/v2/me/coupons/1/issue';
export const USER = 'Commerce-User-Id: 1';

export function raw(requestLine: string, ...headers: string[]): string {
  return [requestLine, 'Host: couponrush', ...headers, '', ''].join('\r\n');
}

export function post(path: string, ...headers: string[]): string {
  return raw(`POST ${path} HTTP/1.1`, ...headers);
}

const BAD = '400 BAD_REQUEST';
export const BAD_CLOSED = `${BAD}, closed`;
export const NOBODY = '401 UNAUTHENTICATED_USER';
export const NOTHING = '404 NOT_FOUND';
export const TOO_LARGE = '431 HEADERS_TOO_LARGE';
/** uWebSockets.js' own: it waits for more, and closes at its timeout. */
export const SILENCE = 'silence';
export const REFUSED_LINE = '505 -, closed';
export const REFUSED_LENGTH = '400 -, closed';
const WRONG_METHOD = '405 METHOD_NOT_ALLOWED';

const identity: Case[] = [
  { name: 'no identity', bytes: post(ISSUE_PATH), golden: NOBODY },
  { name: 'an empty identity', bytes: post(ISSUE_PATH, 'Commerce-User-Id:'), golden: BAD },
  ...[
    '0',
    '-1',
    '+1',
    '007',
    '1e3',
    '1.0',
    '0x1',
    'abc',
    '1,2',
    '9007199254740992',
    '1 2',
    '}{',
    "1'--",
    '1;',
    '１',
  ].map(
    (value): Case => ({
      name: `identity ${value}`,
      bytes: post(ISSUE_PATH, `Commerce-User-Id: ${value}`),
      golden: BAD,
    }),
  ),
  {
    name: 'an identity of 8,000 digits',
    bytes: post(ISSUE_PATH, `Commerce-User-Id: ${'1'.repeat(8000)}`),
    golden: BAD,
  },
  { name: 'an identity twice', bytes: post(ISSUE_PATH, USER, 'Commerce-User-Id: 2'), golden: BAD },
  { name: 'the same identity twice', bytes: post(ISSUE_PATH, USER, USER), golden: BAD },
  { name: 'an identity in two spellings', bytes: post(ISSUE_PATH, USER, 'COMMERCE-USER-ID: 1'), golden: BAD },
  {
    name: 'an identity that Connection names',
    bytes: post(ISSUE_PATH, USER, 'Connection: Commerce-User-Id'),
    golden: BAD,
  },
  {
    name: 'an identity that a longer Connection names',
    bytes: post(ISSUE_PATH, USER, 'Connection: keep-alive, COMMERCE-user-id'),
    golden: BAD,
  },
  { name: 'an identity with underscores', bytes: post(ISSUE_PATH, 'Commerce_User_Id: 1'), golden: SILENCE },
  { name: 'a space before the colon', bytes: post(ISSUE_PATH, 'Commerce-User-Id : 1'), golden: SILENCE },
  { name: 'a folded identity', bytes: post(ISSUE_PATH, 'Commerce-User-Id:\r\n 1'), golden: SILENCE },
  { name: 'an identity with NUL', bytes: post(ISSUE_PATH, 'Commerce-User-Id: 1\0'), golden: SILENCE },
  { name: 'an identity with a bare CR', bytes: post(ISSUE_PATH, 'Commerce-User-Id: 1\r2'), golden: SILENCE },
  { name: 'an identity with a bare LF', bytes: post(ISSUE_PATH, 'Commerce-User-Id: 1\nX: 2'), golden: SILENCE },
];

const idempotencyKey: Case[] = [
  ['an empty Idempotency-Key', ['Idempotency-Key:']],
  ['an Idempotency-Key of 256 characters', [`Idempotency-Key: ${'k'.repeat(256)}`]],
  ['an Idempotency-Key with a space', ['Idempotency-Key: a b']],
  ['an Idempotency-Key with a tab', ['Idempotency-Key: a\tb']],
  ['an Idempotency-Key with a letter beyond ASCII', ['Idempotency-Key: aéb']],
  ['an Idempotency-Key twice', ['Idempotency-Key: a', 'Idempotency-Key: a']],
].map(
  ([name, headers]): Case => ({
    name: name as string,
    bytes: post(ISSUE_PATH, USER, ...(headers as string[])),
    golden: BAD,
  }),
);

const ids: Case[] = [
  ...['0', '-1', '01', '1e3', 'abc', '9007199254740992', '%31', '1.0', '1%00', ';', '}{', '..', '%2e%2e'].map(
    (id): Case => ({
      name: `coupon id ${JSON.stringify(id)}`,
      bytes: post(`/api/v2/me/coupons/${id}/issue`, USER),
      golden: BAD,
    }),
  ),
  { name: 'a coupon id with NUL', bytes: post('/api/v2/me/coupons/1\0/issue', USER), golden: REFUSED_LINE },
  { name: 'a coupon id with a tab', bytes: post('/api/v2/me/coupons/1\t/issue', USER), golden: REFUSED_LINE },
  { name: 'an empty coupon id', bytes: post('/api/v2/me/coupons//issue', USER), golden: NOTHING },
  {
    name: 'a coupon id of 1,000 digits',
    bytes: post(`/api/v2/me/coupons/${'9'.repeat(1000)}/issue`, USER),
    golden: BAD,
  },
  { name: 'an unknown coupon', bytes: post('/api/v2/me/coupons/999/issue', USER), golden: '404 NOT_FOUND_COUPON' },
  { name: 'the identity comes before the id', bytes: post('/api/v2/me/coupons/0/issue'), golden: NOBODY },
  { name: 'a public coupon id of letters', bytes: raw('GET /api/v2/coupons/abc HTTP/1.1'), golden: BAD },
  { name: 'a page of 0', bytes: raw('GET /api/v2/me/coupons?size=0 HTTP/1.1', USER), golden: BAD },
  { name: 'a cursor of letters', bytes: raw('GET /api/v2/me/coupons?lastId=a HTTP/1.1', USER), golden: BAD },
];

const routes: Case[] = [
  ...[
    '/nothing',
    '/',
    `${ISSUE_PATH}/`,
    '//api/v2/me/coupons/1/issue',
    '/API/v2/me/coupons/1/issue',
    `${ISSUE_PATH}%20`,
    `${ISSUE_PATH}#x`,
  ].map((path): Case => ({ name: `the path ${path}`, bytes: post(path, USER), golden: NOTHING })),
  { name: 'dots in the path', bytes: post('/api/../api/v2/me/coupons/1/issue', USER), golden: NOTHING },
  { name: 'a path of 7,000 letters', bytes: post(`/${'a'.repeat(7000)}`, USER), golden: NOTHING },
  { name: 'a path of 100,000 letters', bytes: post(`/${'a'.repeat(100_000)}`, USER), golden: [NOTHING, REFUSED_LINE] },
  ...['DELETE', 'GET', 'HEAD', 'PUT', 'PATCH', 'OPTIONS', 'TRACE', 'BREW', 'POSTX', 'post', 'Post'].map(
    (method): Case => ({
      name: `the method ${method}`,
      bytes: raw(`${method} ${ISSUE_PATH} HTTP/1.1`, USER),
      golden: method === 'HEAD' ? '405 -' : WRONG_METHOD,
      header: ['allow', 'POST'],
    }),
  ),
  {
    name: 'POST where GET is',
    bytes: post('/api/v2/me/coupons/1', USER),
    golden: WRONG_METHOD,
    header: ['allow', 'GET, HEAD'],
  },
  {
    name: 'a query of 7,000 letters, ignored',
    bytes: post(`/api/v2/me/coupons/0/issue?${'a'.repeat(7000)}`, USER),
    golden: BAD,
  },
  { name: 'CONNECT', bytes: raw('CONNECT couponrush:80 HTTP/1.1', USER), golden: REFUSED_LINE },
  { name: 'an origin', bytes: raw('GET /livez HTTP/1.1', 'Origin: https://shop.example'), golden: '200 -' },
  {
    name: 'a preflight',
    bytes: raw(`OPTIONS ${ISSUE_PATH} HTTP/1.1`, 'Origin: https://a.b', 'Access-Control-Request-Method: POST'),
    golden: WRONG_METHOD,
    header: ['allow', 'POST'],
  },
  { name: 'OPTIONS *', bytes: raw('OPTIONS * HTTP/1.1', USER), golden: REFUSED_LINE },
  { name: 'an absolute URI', bytes: raw(`POST http://couponrush${ISSUE_PATH} HTTP/1.1`), golden: REFUSED_LINE },
];

const requestLines: Case[] = [
  { name: 'HTTP/1.0', bytes: raw(`POST ${ISSUE_PATH} HTTP/1.0`), golden: REFUSED_LINE },
  { name: 'HTTP/0.9', bytes: `POST ${ISSUE_PATH}\r\n\r\n`, golden: REFUSED_LINE },
  { name: 'HTTP/2.0', bytes: raw(`POST ${ISSUE_PATH} HTTP/2.0`), golden: REFUSED_LINE },
  { name: 'the preface of HTTP/2', bytes: 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', golden: REFUSED_LINE },
  { name: 'http in lower case', bytes: raw(`POST ${ISSUE_PATH} http/1.1`), golden: REFUSED_LINE },
  { name: 'two spaces', bytes: raw(`POST  ${ISSUE_PATH} HTTP/1.1`), golden: REFUSED_LINE },
  { name: 'a tab', bytes: raw(`POST\t${ISSUE_PATH} HTTP/1.1`), golden: REFUSED_LINE },
  { name: 'no method', bytes: raw(`${ISSUE_PATH} HTTP/1.1`), golden: REFUSED_LINE },
  { name: 'lines that end with LF', bytes: post(ISSUE_PATH).replaceAll('\r\n', '\n'), golden: REFUSED_LINE },
  { name: 'lines that end with CR', bytes: post(ISSUE_PATH).replaceAll('\r\n', '\r'), golden: REFUSED_LINE },
  { name: 'empty lines before the request', bytes: `\r\n\r\n${post(ISSUE_PATH)}`, golden: SILENCE },
  { name: 'NUL in the path', bytes: post('/a\0b'), golden: REFUSED_LINE },
  { name: 'TLS on the plain port', bytes: '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', golden: REFUSED_LINE },
  { name: 'no Host', bytes: `POST ${ISSUE_PATH} HTTP/1.1\r\n\r\n`, golden: SILENCE },
  { name: 'two Hosts', bytes: post(ISSUE_PATH, 'Host: other'), golden: NOBODY },
];

const headers: Case[] = [
  { name: 'fifty-one headers', bytes: post(ISSUE_PATH, USER, ...many(50)), golden: TOO_LARGE },
  { name: 'two hundred headers', bytes: post(ISSUE_PATH, USER, ...many(200)), golden: SILENCE },
  {
    name: 'nine kilobytes of headers',
    bytes: post(ISSUE_PATH, USER, `X-Long: ${'x'.repeat(9000)}`),
    golden: TOO_LARGE,
  },
  {
    name: 'a hundred kilobytes of headers',
    bytes: post(ISSUE_PATH, USER, `X-Long: ${'x'.repeat(100_000)}`),
    golden: [TOO_LARGE, '431 -, closed'],
  },
  { name: 'a name of nine kilobytes', bytes: post(ISSUE_PATH, USER, `${'x'.repeat(9000)}: 1`), golden: TOO_LARGE },
  { name: 'a header without a colon', bytes: post(ISSUE_PATH, 'Commerce-User-Id 1'), golden: SILENCE },
  { name: 'a header without a name', bytes: post(ISSUE_PATH, ': 1'), golden: NOBODY },
  { name: 'a name with a space', bytes: post(ISSUE_PATH, 'X Y: 1'), golden: SILENCE },
  { name: 'a name with NUL', bytes: post(ISSUE_PATH, 'X\0Y: 1'), golden: SILENCE },
  { name: 'a value with NUL', bytes: post(ISSUE_PATH, 'X-Y: a\0b'), golden: SILENCE },
  { name: 'a folded header', bytes: post(ISSUE_PATH, 'X-Y: a', ' b'), golden: SILENCE },
];

/** Headers beside Host and the identity. */
export function many(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `X-${index}: 1`);
}

export const malformedRequests: readonly MalformedRequest[] = [
  ...identity,
  ...idempotencyKey,
  ...ids,
  ...routes,
  ...requestLines,
  ...headers,
];
