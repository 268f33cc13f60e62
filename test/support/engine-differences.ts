// Where the engine on node:http answers a malformed request in another way than uWebSockets.js, case by case. What is
// not here is the same on both. docs/http-engines.md has each group's sentence.
import { malformedFraming } from './malformed-framing.ts';
import { BAD_CLOSED, type MalformedRequest, malformedRequests, NOBODY, TOO_LARGE } from './malformed-requests.ts';

export interface Difference {
  /** As the documentation says it. */
  readonly sentence: string;
  /** Names of cases, and what node:http's engine answers. */
  readonly cases: Readonly<Record<string, string>>;
}

const all = (golden: string, ...names: string[]) => Object.fromEntries(names.map((name) => [name, golden]));
const lengths = (...values: string[]) => values.map((value) => `a length of ${JSON.stringify(value)}`);

export const differences: readonly Difference[] = [
  {
    sentence:
      'A header that can not be parsed: silence until the timeout of 10 s; 400 `BAD_REQUEST` at once, and closed.',
    cases: all(
      BAD_CLOSED,
      'a space before the colon',
      'a folded identity',
      'an identity with NUL',
      'an identity with a bare CR',
      'an identity with a bare LF',
      'no Host',
      'a header without a colon',
      'a name with a space',
      'a name with NUL',
      'a value with NUL',
      'a folded header',
      'a transfer coding behind a tab',
    ),
  },
  {
    sentence:
      'A request line that can not be parsed: 505 without a body; 400 `BAD_REQUEST`, and 505 for another version.',
    cases: all(
      BAD_CLOSED,
      'a coupon id with NUL',
      'a coupon id with a tab',
      'OPTIONS *',
      'an absolute URI',
      'the preface of HTTP/2',
      'http in lower case',
      'a tab',
      'no method',
      'lines that end with CR',
      'NUL in the path',
      'TLS on the plain port',
    ),
  },
  {
    sentence:
      'A `Content-Length` or a chunk that can not be parsed: 400 without a body; 400 `BAD_REQUEST`. Both close.',
    cases: all(
      BAD_CLOSED,
      'the size of a chunk in letters beyond F',
      ...lengths('+0', '-0', '0x0', '0,0', '0 0', 'abc', '1e1', '18446744073709551616'),
    ),
  },
  {
    sentence: 'A method that HTTP does not know: 405 `METHOD_NOT_ALLOWED`; 400 `BAD_REQUEST`, and closed.',
    cases: all(BAD_CLOSED, 'the method BREW', 'the method POSTX', 'the method post', 'the method Post'),
  },
  {
    sentence: 'CONNECT: 505; closed without an answer.',
    cases: all('closed', 'CONNECT'),
  },
  {
    sentence: 'An empty `Transfer-Encoding`: 505; 400 `BAD_REQUEST`, and closed.',
    cases: all(BAD_CLOSED, 'an empty transfer coding'),
  },
  {
    sentence: 'Underscores in the name of a header: silence; a header like others.',
    cases: all(NOBODY, 'an identity with underscores'),
  },
  {
    sentence: 'Two spaces in the request line, or empty lines in front of it: refused; read over.',
    cases: all(NOBODY, 'two spaces', 'empty lines before the request'),
  },
  {
    sentence: 'A header without a name: a header like others; 400 `BAD_REQUEST`, and closed.',
    cases: all(BAD_CLOSED, 'a header without a name'),
  },
  {
    sentence: 'Two hundred headers: silence; 431 `HEADERS_TOO_LARGE`.',
    cases: all(TOO_LARGE, 'two hundred headers'),
  },
  {
    sentence: 'More than 16 KiB of request line and headers: 404, 431 or 505; 431 `HEADERS_TOO_LARGE`, and closed.',
    cases: all(`${TOO_LARGE}, closed`, 'a path of 100,000 letters', 'a hundred kilobytes of headers'),
  },
];

/** Every malformed request with the answer that this engine gives. */
export function malformedFor(engine: 'uws' | 'node'): readonly MalformedRequest[] {
  const requests = [...malformedRequests, ...malformedFraming];
  if (engine === 'uws') return requests;
  const onNode = Object.assign({}, ...differences.map(({ cases }) => cases)) as Record<string, string>;
  return requests.map(({ header, ...request }) => {
    const golden = onNode[request.name];
    return golden === undefined ? { ...request, ...(header ? { header } : {}) } : { ...request, golden };
  });
}
