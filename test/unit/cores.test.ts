// What WORKERS=auto decides by.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { coresHere, describeCores, describeWorkers, type ReadText, workersFor } from '../../src/cores.ts';

/** A machine on which only these files are there. */
function files(contents: Readonly<Record<string, string>>): ReadText {
  return (path) => {
    const text = contents[path];
    if (text === undefined) throw new Error(`ENOENT ${path}`);
    return text;
  };
}

const V2 = '/sys/fs/cgroup';

test('the CPU limit of the control group counts, and not the cores of the machine', () => {
  const limited = files({ '/proc/self/cgroup': '0::/\n', [`${V2}/cpu.max`]: '200000 100000\n' });
  const cores = coresHere(limited, 16);
  assert.deepEqual(cores, { count: 2, limit: 2, parallelism: 16 });
  assert.equal(workersFor(cores.count), 1);
  assert.equal(describeCores(cores), '2 of 16 cores (CPU limit 2)');
});

test('a limit of any group above counts, also if the own one has none', () => {
  const nested = files({
    '/proc/self/cgroup': '0::/kubepods/pod7/main\n',
    [`${V2}/kubepods/pod7/main/cpu.max`]: 'max 100000\n',
    [`${V2}/kubepods/pod7/cpu.max`]: '450000 100000\n',
    [`${V2}/kubepods/cpu.max`]: '800000 100000\n',
  });
  assert.deepEqual(coresHere(nested, 8), { count: 4, limit: 4.5, parallelism: 8 });
});

test('a container that sees the path of its host finds the limit at the root, in version 1 as well', () => {
  const first = files({
    '/proc/self/cgroup': '5:cpu,cpuacct:/docker/abc\n4:memory:/docker/abc\n',
    [`${V2}/cpu/cpu.cfs_quota_us`]: '150000\n',
    [`${V2}/cpu/cpu.cfs_period_us`]: '100000\n',
  });
  assert.deepEqual(coresHere(first, 4), { count: 1, limit: 1.5, parallelism: 4 });
  const unlimited = files({
    '/proc/self/cgroup': '5:cpu,cpuacct:/\n',
    [`${V2}/cpu/cpu.cfs_quota_us`]: '-1\n',
    [`${V2}/cpu/cpu.cfs_period_us`]: '100000\n',
  });
  assert.equal(coresHere(unlimited, 4).limit, null);
});

test('without a limit, or without control groups, the cores of the machine count', () => {
  const open = files({ '/proc/self/cgroup': '0::/user.slice\n', [`${V2}/user.slice/cpu.max`]: 'max 100000\n' });
  for (const read of [open, files({})]) {
    const cores = coresHere(read, 8);
    assert.deepEqual([cores, describeCores(cores)], [{ count: 8, limit: null, parallelism: 8 }, '8 cores']);
  }
  const strange = files({ '/proc/self/cgroup': '0::/\n', [`${V2}/cpu.max`]: '0 100000\n' });
  assert.equal(coresHere(strange, 2).count, 2);
  const tiny = files({ '/proc/self/cgroup': '0::/\n', [`${V2}/cpu.max`]: '10000 100000\n' });
  assert.equal(coresHere(tiny, 2).count, 1);
});

test('few cores have fewer workers than cores, and one at least', () => {
  assert.deepEqual([1, 2, 3, 4, 5, 16].map(workersFor), [1, 1, 2, 4, 5, 16]);
});

test('the start says what auto chose, and on few cores what is better than the default; a choice is left alone', () => {
  const two = { count: 2, limit: null, parallelism: 2 };
  const four = { count: 4, limit: null, parallelism: 4 };
  assert.equal(describeWorkers('auto', 1, two), 'WORKERS=auto: 1 HTTP worker on 2 cores');
  for (const unset of [undefined, '']) {
    assert.match(describeWorkers(unset, 4, two) ?? '', /on 2 cores, WORKERS=1 \(or auto\) answers more/);
    assert.equal(describeWorkers(unset, 4, four), null);
  }
  assert.equal(describeWorkers('4', 4, two), null);
});
