// Rush: the event, live. The first row answers in five seconds whether it goes well; the rest says why not.
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { frame } from './frame.ts';
import { graph, named, stat } from './panels.ts';

const ISSUE = 'route="issue", instance=~"$instance"';
const DECIDED = `${ISSUE}, class=~"granted|refused|unknown"`;
const quantile = (q: number) =>
  `histogram_quantile(${q}, sum by (le) (rate(couponrush_request_duration_seconds_bucket{${DECIDED}}[$__rate_interval])))`;

export function rush(): Dashboard {
  return frame({
    uid: 'couponrush-rush',
    title: 'Rush',
    description: 'The event, live: what is left, how fast it goes, whether users get answers.',
    from: 'now-15m',
    refresh: '5s',
  })
    .withPanel(
      stat({
        title: 'Alerts',
        help: 'Alerts of couponrush that fire now. 0 is well. Each alert links to its part of the runbook.',
        unit: 'short',
        queries: [['count(ALERTS{alertstate="firing", alertname=~"Couponrush.+"}) or vector(0)', 'firing']],
        thresholds: { bad: 1 },
        width: 3,
      }),
    )
    .withPanel(
      stat({
        title: 'State',
        help: 'State of each coupon. not_ready means that nothing is decided: see CouponrushCouponNotReady in the runbook.',
        unit: 'short',
        queries: [
          [
            named('max by (coupon, state) (couponrush_coupon_state{coupon=~"$coupon"}) == 1'),
            '{{coupon}} {{name}}: {{state}}',
          ],
        ],
        nameOnly: true,
        ofCoupons: true,
        width: 4,
      }),
    )
    .withPanel(
      stat({
        title: 'Left',
        help: 'Coupons that can still be issued, as of a second ago.',
        unit: 'short',
        queries: [[named('max by (coupon) (couponrush_coupon_stock_left{coupon=~"$coupon"})'), '{{coupon}} {{name}}']],
        ofCoupons: true,
        width: 5,
      }),
    )
    .withPanel(
      stat({
        title: 'Granted',
        help: 'Coupons issued per second, by the answers that users got. It falls to 0 when the stock is gone.',
        unit: 'reqps',
        queries: [[`sum(rate(couponrush_requests_total{${ISSUE}, outcome="granted"}[$__rate_interval]))`, 'granted']],
        width: 3,
      }),
    )
    .withPanel(
      stat({
        title: 'p99',
        help: 'One in a hundred issue requests takes longer. Well below 1 s; the alert is at 3 s.',
        unit: 's',
        queries: [[quantile(0.99), 'p99']],
        thresholds: { warn: 1, bad: 3 },
        width: 3,
      }),
    )
    .withPanel(
      stat({
        title: 'Errors',
        help: 'Part of the issue requests that could not be decided (503, 504). Sold out is no error. The alert is at 5 %.',
        unit: 'percentunit',
        queries: [
          [
            `sum(rate(couponrush_request_duration_seconds_count{${ISSUE}, class=~"unavailable|unknown"}[$__rate_interval])) / sum(rate(couponrush_request_duration_seconds_count{${ISSUE}, class!="rejected"}[$__rate_interval]))`,
            'errors',
          ],
        ],
        thresholds: { warn: 0.01, bad: 0.05 },
        width: 3,
      }),
    )
    .withPanel(
      stat({
        title: 'Waiting for MySQL',
        help: 'Granted coupons that are not rows yet. It rises in a rush and falls to 0 seconds later.',
        unit: 'short',
        queries: [['sum(max by (coupon) (couponrush_outbox_rows{coupon=~"$coupon"}))', 'rows']],
        thresholds: { warn: 100_000, bad: 1_000_000 },
        width: 3,
      }),
    )
    .withPanel(
      graph({
        title: 'Answers',
        help: 'Answers to issue requests per second. granted falls to 0 and sold_out rises when the stock is gone: that is well.',
        unit: 'reqps',
        queries: [
          [
            `sum by (outcome) (rate(couponrush_requests_total{${ISSUE}}[$__rate_interval])) > 0 or sum by (outcome) (rate(couponrush_requests_total{${ISSUE}, outcome="granted"}[$__rate_interval]))`,
            '{{outcome}}',
          ],
        ],
        width: 12,
        stacked: true,
      }),
    )
    .withPanel(
      graph({
        title: 'Time to answer',
        help: 'From the arrival of an issue request until its answer, without those that were turned away at once. Alert at 3 s.',
        unit: 's',
        queries: [
          [quantile(0.5), 'p50'],
          [quantile(0.99), 'p99'],
        ],
        thresholds: { warn: 1, bad: 3 },
        width: 12,
      }),
    )
    .withPanel(
      graph({
        title: 'Left and issued',
        help: 'Coupons left and users who hold one, by Redis. They add up to the stock, unless coupons were revoked.',
        unit: 'short',
        queries: [
          [named('max by (coupon) (couponrush_coupon_stock_left{coupon=~"$coupon"})'), '{{coupon}} {{name}} left'],
          [named('max by (coupon) (couponrush_coupon_holders{coupon=~"$coupon"})'), '{{coupon}} {{name}} issued'],
        ],
        ofCoupons: true,
        width: 8,
      }),
    )
    .withPanel(
      graph({
        title: 'Decisions of each coupon',
        help: 'What Redis decided, per coupon. After sold-out workers answer by themselves, so it falls while answers go on.',
        unit: 'ops',
        queries: [
          [
            'sum by (coupon, outcome) (rate(couponrush_decisions_total{instance=~"$instance", coupon=~"$coupon"}[$__rate_interval]))',
            '{{coupon}} {{outcome}}',
          ],
        ],
        width: 8,
      }),
    )
    .withPanel(
      graph({
        title: 'Answered without Redis',
        help: 'Sold-out answers that a worker gave from what it knows. In a sold-out rush nearly all answers are of this kind.',
        unit: 'reqps',
        queries: [
          [
            'sum by (outcome) (rate(couponrush_local_answers_total{instance=~"$instance"}[$__rate_interval]))',
            '{{outcome}}',
          ],
        ],
        width: 8,
      }),
    )
    .withPanel(
      graph({
        title: 'Turned away and not known',
        help: 'Requests refused early (by reason), not ready, and those whose outcome could not be told. All 0 is well.',
        unit: 'reqps',
        queries: [
          [
            'sum by (reason) (rate(couponrush_sheds_total{instance=~"$instance"}[$__rate_interval]))',
            'shed: {{reason}}',
          ],
          [
            `sum by (outcome) (rate(couponrush_requests_total{${ISSUE}, outcome=~"unknown|not_ready"}[$__rate_interval]))`,
            '{{outcome}}',
          ],
        ],
        width: 8,
      }),
    )
    .withPanel(
      graph({
        title: 'Way to MySQL',
        help: 'Granted coupons that are not rows yet, at most. Issuing stops at the limit (COUPONRUSH_OUTBOX_ROWS_MAX).',
        unit: 'short',
        queries: [[named('max by (coupon) (couponrush_outbox_rows{coupon=~"$coupon"})'), '{{coupon}} {{name}}']],
        ofCoupons: true,
        width: 8,
      }),
    )
    .withPanel(
      graph({
        title: 'From grant to row',
        help: 'Time from a grant until its row is committed, and the age of the oldest grant that waits. Alert at 60 s.',
        unit: 's',
        queries: [
          [
            'histogram_quantile(0.5, sum by (le) (rate(couponrush_granted_to_row_seconds_bucket[$__rate_interval])))',
            'p50',
          ],
          [
            'histogram_quantile(0.99, sum by (le) (rate(couponrush_granted_to_row_seconds_bucket[$__rate_interval])))',
            'p99',
          ],
          ['max by (coupon) (couponrush_outbox_oldest_age_seconds{coupon=~"$coupon"})', 'oldest of {{coupon}}'],
        ],
        thresholds: { warn: 10, bad: 60 },
        width: 8,
      }),
    )
    .withPanel(
      graph({
        title: 'Gaps',
        help: 'Differences between Redis and MySQL that the scheduled check found, dead letters, declared losses. Anything above 0 needs somebody.',
        unit: 'short',
        queries: [
          ['max by (coupon, gap) (couponrush_verify_gaps{coupon=~"$coupon"}) > 0', '{{coupon}}: {{gap}}'],
          ['max by (coupon) (couponrush_dead_letters{coupon=~"$coupon"})', '{{coupon}}: dead letters'],
          ['max by (coupon) (couponrush_coupon_declared_losses{coupon=~"$coupon"})', '{{coupon}}: declared lost'],
          ['max by (coupon) (couponrush_coupon_reissued_numbers{coupon=~"$coupon"})', '{{coupon}}: given again'],
          ['max by (coupon) (couponrush_coupon_possible_losses{coupon=~"$coupon"})', '{{coupon}}: possible losses'],
        ],
        thresholds: { bad: 1 },
        width: 12,
      }),
    )
    .withPanel(
      graph({
        title: 'Opens soon and not preloaded',
        help: 'Time until a coupon opens that is not in Redis. The server preloads 10 minutes before; alert at 9. Empty is well.',
        unit: 's',
        queries: [
          ['min by (coupon) (couponrush_coupon_unpreloaded_opens_in_seconds{coupon=~".+"})', '{{coupon}} opens in'],
        ],
        thresholds: { bad: 540, warn: 600 },
        low: true,
        negative: true,
        width: 12,
      }),
    )
    .build();
}
