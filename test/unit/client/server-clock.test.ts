import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ServerClock } from '#client/server-clock';
import { seeded } from '../../support/seeded.ts';
import { VirtualTime } from '../../support/virtual-time.ts';

const SERVER_MS = Date.UTC(2026, 4, 1);

/** A server whose clock is this far from the device's monotonic one. */
function scene() {
  const time = new VirtualTime(seeded(1));
  const clock = new ServerClock(time);
  const trueMs = () => SERVER_MS + time.monotonicMs();
  /** An answer that was on its way for so long in each direction. */
  async function sample(thereMs: number, backMs: number): Promise<void> {
    const sentMs = time.monotonicMs();
    await time.pass(thereMs);
    const serverMs = trueMs();
    await time.pass(backMs);
    clock.add(serverMs, sentMs, time.monotonicMs());
  }
  return { time, clock, trueMs, sample };
}

test('the clock is the median of its samples: answers that were slow on one way do not move it', async () => {
  const { clock, trueMs, sample } = scene();
  assert.equal(clock.isSet, false);
  for (const [there, back] of [
    [10, 10],
    [1500, 10],
    [12, 12],
    [5, 900],
    [9, 9],
  ] as const) {
    await sample(there, back);
  }
  assert.equal(clock.isSet, true);
  assert.ok(Math.abs(clock.now() - trueMs()) <= 1, `${clock.now() - trueMs()} ms off`);
});

for (const [what, changeMs] of [
  ['an hour ahead', 3_600_000],
  ['a day back', -86_400_000],
  ['a second and a half back', -1500],
] as const) {
  test(`the clock goes on when the device's clock is set ${what}`, async () => {
    const { time, clock, trueMs, sample } = scene();
    await sample(10, 10);
    time.deviceOffsetMs += changeMs;
    assert.equal(clock.now(), trueMs());
    assert.equal(clock.isDoubtful, true, 'a new sample is wanted: the device may have slept instead');
    await sample(10, 10);
    assert.equal(clock.isDoubtful, false);
    assert.equal(clock.now(), trueMs());
  });
}

test('the clock never goes back, no matter what samples say', async () => {
  const { time, clock, sample } = scene();
  await sample(0, 400);
  let lastMs = clock.now();
  const random = seeded();
  for (let count = 0; count < 200; count++) {
    await sample(random.below(500), random.below(500));
    for (const stepMs of [0, random.below(3)]) {
      await time.pass(stepMs);
      assert.ok(clock.now() >= lastMs, `seed ${random.seed}`);
      lastMs = clock.now();
    }
  }
});

test('after a sleep, in which the monotonic clock stood still, one sample is enough', async () => {
  const { time, clock, sample } = scene();
  for (let count = 0; count < 9; count++) await sample(10, 10);
  // The device's clock and the server's went on.
  time.deviceOffsetMs += 7_200_000;
  assert.equal(clock.isDoubtful, true);
  const sentMs = time.monotonicMs();
  clock.add(SERVER_MS + sentMs + 7_200_000, sentMs, sentMs);
  assert.equal(clock.now(), SERVER_MS + time.monotonicMs() + 7_200_000);
});

test('an answer without a readable time is no sample', () => {
  const { clock, time } = scene();
  clock.add(Number.NaN, 0, 10);
  assert.equal(clock.isSet, false);
  assert.equal(clock.now(), time.deviceMs());
});
