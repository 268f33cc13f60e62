// Listening sockets as the kernel shows them: how many a port has, how many connections wait in their queues, and how
// many connections found a queue full. Linux only.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const LISTEN = '0A';

export interface ListenSockets {
  readonly count: number;
  /** Connections that are not accepted yet, of each socket. */
  readonly queued: readonly number[];
}

/** @param port on an IPv4 address of this network namespace */
export function listenSockets(port: number): ListenSockets {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const sockets = readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local, , state]) => local?.endsWith(suffix) && state === LISTEN);
  return {
    count: sockets.length,
    queued: sockets.map(([, , , , queues]) => Number.parseInt(queues?.split(':')[1] ?? '0', 16)),
  };
}

/** Connection attempts that the port's open listening sockets have dropped: its own share of TcpExtListenDrops. */
export function dropsOf(port: number): number {
  const lines = execFileSync('ss', ['-HtlnmO', `sport = :${port}`], { encoding: 'utf8' });
  return [...lines.matchAll(/,d(\d+)\)/g)].reduce((sum, [, drops]) => sum + Number(drops), 0);
}

/** TcpExtListenOverflows of the network namespace that a process lives in, for all of its programs. */
export function listenOverflows(pid: number | 'self' = 'self'): number {
  const [names = '', values = ''] = readFileSync(`/proc/${pid}/net/netstat`, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('TcpExt:'));
  return Number(values.split(' ')[names.split(' ').indexOf('ListenOverflows')]);
}
