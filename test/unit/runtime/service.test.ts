import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setImmediate as turnOfLoop } from 'node:timers/promises';
import { createLogger } from '../../../src/log.ts';
import { Service, type ServiceOptions } from '../../../src/runtime/service.ts';

interface Turn {
  readonly signal: AbortSignal;
  readonly end: () => void;
  readonly fail: (error: Error) => void;
}

/** A service whose turns end if the test says so. */
function scene(t: TestContext, options: Partial<ServiceOptions> = {}) {
  const turns: Turn[] = [];
  const waiting: (() => void)[] = [];
  const lines: { msg: string; error: string }[] = [];
  const service = new Service({
    name: 'the duty',
    log: createLogger('test', 'info', { write: (line: string) => void lines.push(JSON.parse(line)) }),
    pauseMs: 0,
    turn: (signal) =>
      new Promise<void>((end, fail) => {
        turns.push({ signal, end, fail });
        waiting.shift()?.();
      }),
    ...options,
  });
  t.after(async () => {
    const stopped = service.stop();
    turns.at(-1)?.end();
    await stopped;
  });
  /** The turn of this number, from 0, as soon as it has begun. */
  async function begun(number: number): Promise<Turn> {
    while (turns.length <= number) await new Promise<void>((resolve) => waiting.push(resolve));
    return turns[number] as Turn;
  }
  return { service, turns, lines, begun };
}

test('one turn at a time, each after the end of the one before', async (t) => {
  const { service, turns, begun } = scene(t);
  service.start();
  for (const number of [0, 1, 2]) {
    const turn = await begun(number);
    await turnOfLoop();
    assert.equal(turns.length, number + 1);
    turn.end();
  }
  await begun(3);
});

test('a service that is started twice runs once', async (t) => {
  const { service, turns, begun } = scene(t);
  service.start();
  service.start();
  await begun(0);
  await turnOfLoop();
  assert.equal(turns.length, 1);
});

test('stop() tells the turn under way, and waits for its end', async (t) => {
  const { service, begun } = scene(t);
  service.start();
  const turn = await begun(0);
  let stopped = false;
  const stopping = service.stop().then(() => {
    stopped = true;
  });
  assert.equal(turn.signal.aborted, true);
  await turnOfLoop();
  assert.equal(stopped, false);
  turn.end();
  await stopping;
});

test('stop() with a limit does not wait longer for a turn that hangs', async (t) => {
  const { service, begun } = scene(t, { stopMs: 10 });
  service.start();
  await begun(0);
  // The limit itself keeps no process alive.
  const alive = setInterval(() => {}, 1000);
  await service.stop();
  clearInterval(alive);
});

for (const [what, pauses] of [
  ['between two turns', { pauseMs: 60_000 }],
  ['before the first turn', { pauseMs: 0, startAfterMs: 60_000 }],
  ['after a failure', { pauseMs: 0, retryMs: () => 60_000, onFailure: () => {} }],
] as const) {
  test(`stop() ends a pause ${what} at once`, { timeout: 10_000 }, async () => {
    let turns = 0;
    const service = new Service({
      name: 'the duty',
      log: createLogger('test', 'silent'),
      turn: async () => {
        turns += 1;
        if ('retryMs' in pauses) throw new Error('failed');
      },
      ...pauses,
    });
    service.start();
    await turnOfLoop();
    await service.stop();
    assert.equal(turns, 'startAfterMs' in pauses ? 0 : 1);
  });
}

test('after stop() no turn begins, also not by another start()', async (t) => {
  const { service, turns, begun } = scene(t);
  service.start();
  (await begun(0)).end();
  (await begun(1)).end();
  await service.stop();
  const count = turns.length;
  service.start();
  await turnOfLoop();
  assert.equal(turns.length, count);
});

test('a service that was stopped before its start has no turn', async (t) => {
  const { service, turns } = scene(t);
  await service.stop();
  service.start();
  await turnOfLoop();
  assert.equal(turns.length, 0);
});

test('a turn that fails is followed by another one; the same failure is one line', async (t) => {
  const { service, lines, begun } = scene(t);
  service.start();
  for (const number of [0, 1, 2]) (await begun(number)).fail(new Error('no memory'));
  (await begun(3)).fail(new Error('another thing'));
  await begun(4);
  assert.deepEqual(
    lines.map(({ msg, error }) => [msg, error]),
    [
      ['the duty failed, and tries again', 'Error: no memory'],
      ['the duty failed, and tries again', 'Error: another thing'],
    ],
  );
});

test('failures are counted from the last turn that succeeded', async (t) => {
  const failures: number[] = [];
  const retries: number[] = [];
  const { service, lines, begun } = scene(t, {
    onFailure: (_error, count) => void failures.push(count),
    retryMs: (count) => {
      retries.push(count);
      return 0;
    },
  });
  service.start();
  for (const [number, fails] of [true, true, false, true].entries()) {
    const turn = await begun(number);
    if (fails) turn.fail(new Error('failed'));
    else turn.end();
  }
  await begun(4);
  assert.deepEqual(failures, [1, 2, 1]);
  assert.deepEqual(retries, [1, 2, 1]);
  assert.equal(lines.length, 0);
});

test('a turn that fails because of the stop is no failure', async (t) => {
  const failures: unknown[] = [];
  const { service, begun } = scene(t, { onFailure: (error) => void failures.push(error) });
  service.start();
  const turn = await begun(0);
  const stopping = service.stop();
  turn.fail(new Error('aborted'));
  await stopping;
  assert.deepEqual(failures, []);
});

test('a pause may depend on how long the turn took', async (t) => {
  const lengths: number[] = [];
  const { service, begun } = scene(t, {
    pauseMs: (turnMs) => {
      lengths.push(turnMs);
      return 0;
    },
  });
  service.start();
  const turn = await begun(0);
  const beganMs = performance.now();
  while (performance.now() - beganMs < 5) await turnOfLoop();
  turn.end();
  await begun(1);
  assert.ok((lengths[0] as number) >= 5);
});
