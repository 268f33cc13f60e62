// The machine: connections that the kernel dropped because no worker took them in time. Linux only; it counts for all
// programs of the network namespace, so it belongs to couponrush alone only in a container or on a machine of its own.
import { readFileSync } from 'node:fs';
import type { MetricsRegistry, Sample } from './registry.ts';

const fields = { ListenOverflows: 'overflows', ListenDrops: 'drops' } as const;

function readNetstat(): Map<string, number> {
  const found = new Map<string, number>();
  try {
    const [names, values] = readFileSync('/proc/net/netstat', 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('TcpExt:'))
      .map((line) => line.split(' '));
    for (const [index, name] of (names ?? []).entries()) found.set(name, Number(values?.[index]));
  } catch {
    // Not Linux.
  }
  return found;
}

export class HostMetrics {
  #watching = false;

  constructor(registry: MetricsRegistry) {
    registry.readCounter(
      {
        name: 'host_listen_queue_losses_total',
        help:
          'Connections that the kernel refused since boot because ' +
          'a listen queue was full, by kind: overflows, drops.',
        labels: ['kind'],
      },
      () => (this.#watching ? readLosses() : []),
    );
  }

  /** In the primary only: the numbers are the machine's, not a process's. */
  watchHost(): void {
    this.#watching = true;
  }
}

function* readLosses(): Generator<Sample<'kind'>> {
  const values = readNetstat();
  for (const [field, kind] of Object.entries(fields)) {
    const count = values.get(field);
    if (count !== undefined) yield { labels: { kind }, value: count };
  }
}
