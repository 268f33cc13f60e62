// What the figures were measured on: they mean nothing without it.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os';

export interface Machine {
  readonly at: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly kernel: string;
  readonly node: string;
  readonly redis: string;
  readonly mysql: string;
  readonly commit: string;
  readonly loadAverageAtStart: number;
}

export function describeMachine(servers: { redis: string; mysql: string }): Machine {
  return {
    at: new Date().toISOString(),
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version,
    ...servers,
    commit: commit(),
    loadAverageAtStart: loadAverage(),
  };
}

/** Of the last minute. */
export function loadAverage(): number {
  return Number(loadavg()[0]?.toFixed(2));
}

/** Share of all cores' time that the hypervisor gave to others since boot. Two readings give that of a run. */
export function stolenTicks(): number {
  try {
    const [line] = readFileSync('/proc/stat', 'utf8').split('\n');
    return Number(line?.trim().split(/\s+/)[8] ?? 0);
  } catch {
    return 0;
  }
}

/** Connections of all programs that found a full listen queue, since boot. Two readings give those of a run. */
export function listenOverflows(): number {
  try {
    const [names = '', values = ''] = readFileSync('/proc/net/netstat', 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('TcpExt:'));
    return Number(values.split(' ')[names.split(' ').indexOf('ListenOverflows')] ?? 0);
  } catch {
    return 0;
  }
}

function commit(): string {
  try {
    const read = (...args: string[]) =>
      execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    const isClean = read('status', '--porcelain').trim() === '';
    return `${read('rev-parse', '--short', 'HEAD').trim()}${isClean ? '' : ' with changes'}`;
  } catch {
    return 'unknown';
  }
}

export function machineLine(machine: Machine): string {
  return (
    `${machine.cores} x ${machine.cpu}, ${machine.memoryGb} GB, Linux ${machine.kernel}, Node ${machine.node}, ` +
    `Redis ${machine.redis}, ${machine.mysql}, commit ${machine.commit}, ` +
    `load average at start ${machine.loadAverageAtStart}`
  );
}
