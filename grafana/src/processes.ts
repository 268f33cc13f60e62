// Processes: HTTP workers, persister and primary of each server.
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { frame } from './frame.ts';
import { graph, stat } from './panels.ts';

const SERVER = 'instance=~"$instance"';

export function processes(): Dashboard {
  return frame({
    uid: 'couponrush-processes',
    title: 'Processes',
    description: 'Workers, event loops, memory, open files.',
    from: 'now-30m',
    refresh: '10s',
  })
    .withPanel(
      stat({
        title: 'Processes up',
        help: '1: the process is ready, and its heartbeat came in the last 1.5 s. A restart takes a second or two.',
        unit: 'short',
        queries: [[`couponrush_worker_up{${SERVER}}`, '{{worker}}']],
        thresholds: { warn: 1 },
        low: true,
        width: 12,
      }),
    )
    .withPanel(
      stat({
        title: 'Restarts in the last hour',
        help: 'Processes that ended or hung and were started again. 0 is well.',
        unit: 'short',
        queries: [[`sum by (reason) (increase(couponrush_worker_restarts_total{${SERVER}}[1h]))`, '{{reason}}']],
        thresholds: { warn: 1, bad: 3 },
        decimals: 0,
        width: 6,
      }),
    )
    .withPanel(
      stat({
        title: 'In flight',
        help: 'Issue and read requests that wait for their answer, in all workers.',
        unit: 'short',
        queries: [[`sum(couponrush_requests_in_flight{${SERVER}})`, 'requests']],
        width: 6,
      }),
    )
    .withPanel(
      graph({
        title: 'CPU',
        help: 'Cores in use by each process. A worker at 1 can do no more: more workers, or more servers.',
        unit: 'short',
        queries: [[`couponrush:process_cpu:rate1m{${SERVER}}`, '{{instance}} {{process}}']],
        thresholds: { warn: 0.9 },
        decimals: 2,
        width: 8,
      }),
    )
    .withPanel(
      graph({
        title: 'Event loop delay, p99',
        help: 'How long the event loop is late, 99th percentile of the last 10 s. Above 200 ms users feel it; at 2 s a worker is replaced.',
        unit: 's',
        queries: [
          [`couponrush_process_event_loop_delay_seconds{${SERVER}, percentile="99"}`, '{{instance}} {{process}}'],
        ],
        thresholds: { warn: 0.1, bad: 0.5 },
        width: 8,
      }),
    )
    .withPanel(
      graph({
        title: 'Garbage collection',
        help: 'Part of the time in which a process stands still for it. Above 10 % memory is short.',
        unit: 'percentunit',
        queries: [
          [
            `sum by (instance, process) (rate(couponrush_process_gc_seconds_total{${SERVER}}[$__rate_interval]))`,
            '{{instance}} {{process}}',
          ],
        ],
        thresholds: { warn: 0.1 },
        width: 8,
      }),
    )
    .withPanel(
      graph({
        title: 'Memory',
        help: 'Resident memory of each process. It rises in a rush and stays level; a steady rise is a leak.',
        unit: 'bytes',
        queries: [[`couponrush_process_resident_memory_bytes{${SERVER}}`, '{{instance}} {{process}}']],
        width: 8,
      }),
    )
    .withPanel(
      graph({
        title: 'Open files',
        help: 'Open files and sockets of the limit. At 90 % a worker takes no new connection. Alert at 80 %.',
        unit: 'percentunit',
        queries: [[`couponrush:process_open_descriptors:ratio{${SERVER}}`, '{{instance}} {{process}}']],
        thresholds: { warn: 0.8, bad: 0.9 },
        width: 8,
      }),
    )
    .withPanel(
      graph({
        title: 'Client connections',
        help: 'Open connections of clients, in all workers of a server.',
        unit: 'short',
        queries: [[`sum by (instance) (couponrush_client_connections{${SERVER}})`, '{{instance}}']],
        width: 8,
      }),
    )
    .withPanel(
      graph({
        title: 'Heartbeat age',
        help: 'Time since a process was last heard of. Below 0.6 s is well; at 2 s it is killed and replaced.',
        unit: 's',
        queries: [[`couponrush_worker_heartbeat_age_seconds{${SERVER}}`, '{{instance}} {{worker}}']],
        thresholds: { warn: 1.5, bad: 2 },
        width: 8,
      }),
    )
    .withPanel(
      graph({
        title: 'Connections lost at the listen queue',
        help: 'Connections per second that the kernel refused because no worker took them in time. It counts for the whole machine.',
        unit: 'ops',
        queries: [
          [
            `sum by (instance, kind) (rate(couponrush_host_listen_queue_losses_total{${SERVER}}[$__rate_interval]))`,
            '{{instance}} {{kind}}',
          ],
        ],
        thresholds: { warn: 1 },
        width: 8,
      }),
    )
    .withPanel(
      graph({
        title: 'Users not identified',
        help: 'Requests per second without an identity that holds, by reason. Many of one reason that rise at once are a change of keys or clocks, or an attack.',
        unit: 'reqps',
        queries: [
          [`sum by (reason) (rate(couponrush_identity_refusals_total{${SERVER}}[$__rate_interval])) > 0`, '{{reason}}'],
        ],
        width: 8,
      }),
    )
    .withPanel(
      graph({
        title: 'Age of the published keys',
        help: 'Time since JWT_JWKS_URL returned usable keys. It is fetched every 5 minutes. Empty without the setting. Alert at 15 minutes.',
        unit: 's',
        queries: [[`couponrush_identity_keys_age_seconds{${SERVER}}`, '{{instance}}']],
        thresholds: { warn: 900 },
        width: 8,
      }),
    )
    .withPanel(
      graph({
        title: 'Clients that left',
        help: 'Requests per second whose client closed the connection before the answer.',
        unit: 'reqps',
        queries: [
          [`sum by (route) (rate(couponrush_requests_abandoned_total{${SERVER}}[$__rate_interval]))`, '{{route}}'],
        ],
        width: 8,
      }),
    )
    .build();
}
