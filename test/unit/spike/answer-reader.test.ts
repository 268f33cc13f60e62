import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AnswerReader, type HttpAnswer } from '../../../src/spike/answer-reader.ts';

/** Reads the bytes in pieces of this size, then sees the connection end. */
function read(text: string, piece: number): HttpAnswer | null {
  const reader = new AnswerReader();
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += piece) {
    const answer = reader.read(bytes.subarray(at, at + piece));
    if (answer) return answer;
  }
  return reader.end();
}

const answers: Readonly<Record<string, [text: string, status: number, body: string]>> = {
  'with a length': ['HTTP/1.1 201 Created\r\nContent-Length: 10\r\n\r\n{"n":"é"}', 201, '{"n":"é"}'],
  'with a length, and more behind it': ['HTTP/1.1 400 Bad Request\r\ncontent-length:2\r\n\r\n{}HTTP', 400, '{}'],
  'without a body': ['HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n', 503, ''],
  'without a reason': ['HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n', 200, ''],
  'that has none by its status': ['HTTP/1.1 204 No Content\r\n\r\n', 204, ''],
  chunked: [
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n{"n"\r\nA;x=y\r\n:123456789\r\n1\r\n}\r\n0\r\n\r\n',
    200,
    '{"n":123456789}',
  ],
  'until the end of the connection': ['HTTP/1.0 200 OK\r\nX: y\r\n\r\n{"n":1}', 200, '{"n":1}'],
  'behind a 100 Continue': [
    'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}',
    201,
    '{}',
  ],
};
for (const [what, [text, status, body]] of Object.entries(answers)) {
  test(`an answer ${what} is read, however it is cut`, () => {
    for (let piece = 1; piece <= Buffer.byteLength(text); piece++) {
      const answer = read(text, piece);
      assert.deepEqual([answer?.status, answer?.body], [status, body], `in pieces of ${piece}`);
    }
  });
}

test('an answer that is cut off is none', () => {
  for (const text of [
    '',
    'HTTP/1.1 20',
    'HTTP/1.1 201 Created\r\nContent-Length: 9\r\n\r\n{"n":1}',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n{"n"\r\n',
  ]) {
    assert.equal(read(text, 7), null, text);
  }
});

test('what is no HTTP, or without bounds, is an error', () => {
  for (const text of [
    'SSH-2.0-OpenSSH_9.2\r\n\r\n',
    'HTTP/2 200\r\n\r\n',
    'HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n',
    `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(1024 * 1024)}`,
  ]) {
    assert.throws(() => read(text, 100_000), Error, text.slice(0, 60));
  }
});

test('headers are found by their name in lower case', () => {
  const answer = read('HTTP/1.1 201 Created\r\nIdempotent-Replayed: true\r\nContent-Length: 0\r\n\r\n', 1000);
  assert.equal(answer?.headers.get('idempotent-replayed'), 'true');
});
