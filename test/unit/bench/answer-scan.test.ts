import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scanAnswer } from '../../../bench/generator/answer-scan.ts';

const answer = Buffer.from(
  'HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n{"hello":1}',
);

test('an answer is complete with its last byte, and not before', () => {
  for (let length = 0; length < answer.length; length++) assert.equal(scanAnswer(answer.subarray(0, length)), 0);
  assert.equal(scanAnswer(answer), 201);
});

test('names of headers are read in lower case too', () => {
  assert.equal(scanAnswer(Buffer.from(answer.toString().toLowerCase().replace('http', 'HTTP'))), 201);
});
