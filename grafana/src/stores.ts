// Stores: Redis and MySQL, how much of them is in use, and how fast they are.
import { type Dashboard, RowBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { frame } from './frame.ts';
import { graph, stat } from './panels.ts';

const SERVER = 'instance=~"$instance"';
const bucket = (family: string, labels = '') =>
  `rate(couponrush_${family}_bucket{${SERVER}${labels}}[$__rate_interval])`;

export function stores(): Dashboard {
  return frame({
    uid: 'couponrush-stores',
    title: 'Stores',
    description: 'Redis and MySQL: connections in use, latency, throughput.',
    from: 'now-30m',
    refresh: '10s',
  })
    .withPanel(
      stat({
        title: 'Redis and MySQL',
        help: '1: the store answers. Redis away: nothing is issued. MySQL away: issuing goes on, rows wait in the outbox.',
        unit: 'short',
        queries: [[`min by (store) (couponrush_store_up{${SERVER}})`, '{{store}}']],
        thresholds: { warn: 1 },
        low: true,
        width: 6,
      }),
    )
    .withPanel(
      stat({
        title: 'Gate',
        help: 'Whether this Redis is verified against MySQL. Anything but open: every issue request is answered 503.',
        unit: 'short',
        queries: [[`max by (state) (couponrush_gate_state{${SERVER}}) == 1`, '{{state}}']],
        nameOnly: true,
        width: 6,
      }),
    )
    .withPanel(
      stat({
        title: 'Unsafe settings',
        help: 'Settings of Redis and MySQL that break a promise. 0 is well.',
        unit: 'short',
        queries: [[`sum(max by (setting) (couponrush_unsafe_setting{${SERVER}}))`, 'unsafe']],
        thresholds: { warn: 1 },
        width: 6,
      }),
    )
    .withPanel(
      stat({
        title: 'Clock skew',
        help: 'Clock of a store against that of the server. Windows are decided by the clock of Redis. Alert at 1 s.',
        unit: 's',
        queries: [[`max by (store) (abs(couponrush_store_clock_skew_seconds{${SERVER}}))`, '{{store}}']],
        thresholds: { warn: 0.5, bad: 1 },
        decimals: 3,
        width: 6,
      }),
    )
    .withRow(new RowBuilder('Redis'))
    .withPanel(
      graph({
        title: 'Redis connections in use',
        help: 'Part of our connections that carry work, of all processes and in the busiest one. 100 % in a rush is well as long as nobody waits long (next panel).',
        unit: 'percentunit',
        queries: [
          [`couponrush:redis_pool_in_use:ratio{${SERVER}}`, '{{instance}} {{pool}}'],
          [`couponrush_redis_pool_busiest_ratio{${SERVER}}`, '{{instance}} {{pool}}, busiest process'],
        ],
        thresholds: { warn: 0.9 },
        max: 1,
        width: 8,
      }),
    )
    .withPanel(
      graph({
        title: 'Wait for a Redis connection',
        help: 'How long a request that arrives now will wait. Beyond the limit it is turned away. Alert at half the limit.',
        unit: 's',
        queries: [
          [`max by (instance) (couponrush_redis_pool_expected_wait_seconds{${SERVER}})`, '{{instance}}'],
          [`max(couponrush_redis_pool_expected_wait_limit_seconds{${SERVER}})`, 'limit'],
        ],
        width: 8,
      }),
    )
    .withPanel(
      graph({
        title: 'State of the Redis connections',
        help: 'usable is well. unverified: the gate is shut. away: Redis is not reached.',
        unit: 'short',
        queries: [[`sum by (pool, state) (couponrush_redis_pool_connections{${SERVER}})`, '{{pool}} {{state}}']],
        width: 8,
      }),
    )
    .withPanel(
      graph({
        title: 'Redis scripts, p99',
        help: 'Time until the reply. With appendfsync always it includes the write to disk; above 100 ms requests begin to wait.',
        unit: 's',
        queries: [
          [
            `histogram_quantile(0.99, sum by (script, le) (${bucket('redis_script_duration_seconds', ', script=~"issue|acknowledge|inspect"')}))`,
            '{{script}}',
          ],
        ],
        thresholds: { warn: 0.1, bad: 0.5 },
        width: 8,
      }),
    )
    .withPanel(
      graph({
        title: 'Redis scripts per second',
        help: 'Script calls, and those that failed. One issue call decides a whole batch of users.',
        unit: 'ops',
        queries: [
          [
            `sum by (script) (rate(couponrush_redis_script_duration_seconds_count{${SERVER}}[$__rate_interval]))`,
            '{{script}}',
          ],
          [
            `sum by (script) (rate(couponrush_redis_script_failures_total{${SERVER}}[$__rate_interval]))`,
            '{{script}} failed',
          ],
        ],
        width: 8,
      }),
    )
    .withPanel(
      graph({
        title: 'Users in a batch',
        help: 'Batches grow with the load. A median near the maximum (COUPONRUSH_BATCH_USERS_MAX) means that Redis is the bound.',
        unit: 'short',
        queries: [
          [`histogram_quantile(0.5, sum by (le) (${bucket('batch_users')}))`, 'p50'],
          [`histogram_quantile(0.99, sum by (le) (${bucket('batch_users')}))`, 'p99'],
        ],
        width: 8,
      }),
    )
    .withPanel(
      graph({
        title: 'Resends and script reloads',
        help: 'Batches sent again because their reply was lost, and scripts that Redis had forgotten. 0 but for a restart of Redis.',
        unit: 'ops',
        queries: [
          [`sum(rate(couponrush_batch_resends_total{${SERVER}}[$__rate_interval]))`, 'batches sent again'],
          [`sum(rate(couponrush_redis_script_reloads_total{${SERVER}}[$__rate_interval]))`, 'scripts reloaded'],
        ],
        width: 8,
      }),
    )
    .withPanel(
      graph({
        title: 'Redis memory',
        help: 'At its limit Redis refuses to issue. Without a limit only its use is drawn. Alert at 80 %.',
        unit: 'bytes',
        queries: [
          ['max(couponrush_redis_memory_bytes)', 'used'],
          ['max(couponrush_redis_memory_limit_bytes)', 'limit'],
        ],
        width: 8,
      }),
    )
    .withPanel(
      graph({
        title: 'Connections of the stores',
        help: 'Connections that Redis and MySQL have from everywhere, of what they accept. Alert at 90 %.',
        unit: 'percentunit',
        queries: [['max by (store) (couponrush:store_clients:ratio)', '{{store}}']],
        thresholds: { warn: 0.8, bad: 0.9 },
        width: 8,
      }),
    )
    .withRow(new RowBuilder('MySQL'))
    .withPanel(
      graph({
        title: 'MySQL connections in use',
        help: 'Part of our connections that work, of all processes and in the busiest one. inserts at 100 % is well while a backlog is written.',
        unit: 'percentunit',
        queries: [
          [`couponrush:mysql_pool_in_use:ratio{${SERVER}}`, '{{instance}} {{pool}}'],
          [`couponrush_mysql_pool_busiest_ratio{${SERVER}}`, '{{instance}} {{pool}}, busiest process'],
        ],
        thresholds: { warn: 0.9 },
        max: 1,
        width: 8,
      }),
    )
    .withPanel(
      graph({
        title: 'Waiting for a MySQL connection',
        help: 'Calls that wait for a connection. Steadily above 0: the pool is too small, or MySQL too slow.',
        unit: 'short',
        queries: [[`sum by (instance, pool) (couponrush_mysql_pool_waiting{${SERVER}})`, '{{instance}} {{pool}}']],
        thresholds: { warn: 1 },
        width: 8,
      }),
    )
    .withPanel(
      graph({
        title: 'Rows written',
        help: 'New rows per second, and rows that were there already because their entry was delivered again.',
        unit: 'rowsps',
        queries: [
          [`sum(rate(couponrush_rows_written_total{${SERVER}}[$__rate_interval]))`, 'new'],
          [`sum(rate(couponrush_rows_duplicate_total{${SERVER}}[$__rate_interval]))`, 'delivered again'],
        ],
        width: 8,
      }),
    )
    .withPanel(
      graph({
        title: 'Insert transactions',
        help: 'Duration of one insert transaction.',
        unit: 's',
        queries: [
          [`histogram_quantile(0.5, sum by (le) (${bucket('insert_duration_seconds')}))`, 'p50'],
          [`histogram_quantile(0.99, sum by (le) (${bucket('insert_duration_seconds')}))`, 'p99'],
        ],
        thresholds: { warn: 1 },
        width: 8,
      }),
    )
    .withPanel(
      graph({
        title: 'Insert retries',
        help: 'Transactions that are tried again, by reason. Now and then a deadlock is well; connection or timeout is an outage.',
        unit: 'ops',
        queries: [
          [`sum by (reason) (rate(couponrush_insert_retries_total{${SERVER}}[$__rate_interval]))`, '{{reason}}'],
        ],
        width: 8,
      }),
    )
    .withPanel(
      graph({
        title: 'Rows in hand of the persister',
        help: 'Rows that it has read and not yet acknowledged. At the limit it stops reading: MySQL is slower than the rush.',
        unit: 'short',
        queries: [
          [`max by (instance) (couponrush_persister_rows_in_hand{${SERVER}})`, '{{instance}}'],
          [`max(couponrush_persister_rows_in_hand_limit{${SERVER}})`, 'limit'],
        ],
        width: 8,
      }),
    )
    .withRow(new RowBuilder('Events'))
    .withPanel(
      graph({
        title: 'Events appended',
        help: 'Events that came into the log, which the feed reads and the webhook sends. It follows the rows in MySQL.',
        unit: 'rowsps',
        queries: [[`sum(rate(couponrush_events_appended_total{${SERVER}}[$__rate_interval]))`, 'events']],
        width: 6,
      }),
    )
    .withPanel(
      graph({
        title: 'Log of events behind MySQL',
        help: 'Time since the log last had everything that was in MySQL. A second or two are well. Alert at 2 m.',
        unit: 's',
        queries: [[`time() - max(couponrush_events_look_timestamp_seconds{${SERVER}})`, 'behind']],
        thresholds: { warn: 30, bad: 120 },
        width: 6,
      }),
    )
    .withPanel(
      graph({
        title: 'Webhook deliveries',
        help: 'Batches sent to WEBHOOK_URL, by outcome. Anything but delivered is sent again.',
        unit: 'ops',
        queries: [
          [`sum by (outcome) (rate(couponrush_webhook_deliveries_total{${SERVER}}[$__rate_interval]))`, '{{outcome}}'],
          [`sum(rate(couponrush_webhook_dead_events_total{${SERVER}}[$__rate_interval]))`, 'events given up'],
        ],
        width: 6,
      }),
    )
    .withPanel(
      graph({
        title: 'Oldest event not accepted',
        help: 'How long the receiver of the webhook is behind. 0: it has everything. Alert at 5 m.',
        unit: 's',
        queries: [[`max(couponrush_webhook_oldest_event_age_seconds{${SERVER}})`, 'oldest event']],
        thresholds: { warn: 60, bad: 300 },
        width: 6,
      }),
    )
    .build();
}
