import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { ReplyError } from 'ioredis';
import { OperationalError } from '../../../src/errors.ts';
import { ErrorLog } from '../../../src/http/error-log.ts';
import { createLogger } from '../../../src/log.ts';

function makeLog() {
  const lines: { level: number; msg: string; code?: string; failures?: number; error?: string }[] = [];
  const log = new ErrorLog(
    createLogger('test', 'info', { write: (line: string) => void lines.push(JSON.parse(line)) }),
  );
  return { log, lines };
}
const maxRetries = () => Object.assign(new Error('Reached the max retries'), { name: 'MaxRetriesPerRequestError' });

test('an outage is one warning at its begin and one line at its end, however often something failed', () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  try {
    const { log, lines } = makeLog();
    for (let n = 0; n < 100; n++) {
      log.report(maxRetries());
      log.report(new Error('Connection is closed.'));
    }
    log.report(new ReplyError('OOM command not allowed'));
    log.report(new OperationalError('ECONNREFUSED', 'transient', 'connect ECONNREFUSED'));
    assert.deepEqual(
      lines.map(({ level, msg, code }) => [level, msg, code]),
      [
        [40, 'Redis fails', 'UNREACHABLE'],
        [40, 'Redis fails', 'OOM'],
        [40, 'MySQL fails', 'ECONNREFUSED'],
      ],
    );
    assert.ok(
      lines.every(({ error }) => !error?.includes('\n')),
      'no stack',
    );
    mock.timers.tick(4000);
    log.report(maxRetries());
    mock.timers.tick(4000);
    assert.equal(lines.filter(({ code, level }) => code === 'UNREACHABLE' && level === 30).length, 0, 'it goes on');
    mock.timers.tick(2000);
    const end = lines.find(({ code, level }) => code === 'UNREACHABLE' && level === 30);
    assert.equal(end?.msg, 'Redis has not failed for 5 s');
    assert.equal(end?.failures, 201);
    log.report(maxRetries());
    assert.equal(lines.at(-1)?.msg, 'Redis fails', 'the next outage');
  } finally {
    mock.timers.reset();
  }
});

test('what is no outage is an error with its stack', () => {
  const { log, lines } = makeLog();
  log.report(new TypeError('x is not a function'));
  log.report(new ReplyError('WRONGTYPE a key'));
  log.report(new OperationalError('ER_DATA_TOO_LONG', 'permanent', 'too long'));
  log.report('a text');
  assert.deepEqual(
    lines.map(({ level, msg }) => [level, msg]),
    Array.from({ length: 4 }, () => [50, 'unexpected error']),
  );
  assert.match(lines[0]?.error ?? '', /x is not a function\n\s+at /);
});
