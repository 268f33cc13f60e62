// docs/metrics.md, made of the families themselves. A test fails while the file is not current.
import { describeFamilies, type FamilyDescription } from './catalogue.ts';

const introduction = `# Metrics

Made from the families in \`src/metrics/\` by \`npm run docs\`.

\`GET http://METRICS_HOST:METRICS_PORT/metrics\` (\`127.0.0.1:9464\` unless set) serves the metrics of all processes of one server,
in the text format of Prometheus. It has no password: keep it on loopback or in a private network. \`METRICS_PORT=0\` serves none.
The header \`Couponrush-Claims\` of the answer says which installation it belongs to, for the commands that report these figures.

## How it works

- Each process counts what happens in it, and nothing else, and reports to the primary once a second and at its end. The primary adds
  up. A scrape asks nobody, so it is answered at once also while a worker hangs; what it shows is at most a second old, what the persister
  looks at two.
- **Sums never fall** while the server runs: what a process had counted is kept when it is replaced. What it counted after its last
  report is lost if it is killed: up to a second's worth.
- **Gauges say how they combine**: the sum over processes, the largest, or reported by one process. Several servers on one Redis each report
  the same about coupons, outboxes and stores: take \`max by (coupon)\`, never \`sum\`.
- **Label sets are closed**, but for \`coupon\`: loaded coupons only, at most 100; the rest counts as \`other\`. The label \`name\` is on
  \`couponrush_coupon_info\` alone, one series a coupon. Join it: \`… * on (coupon) group_left (name) couponrush_coupon_info\`, with several servers
  \`topk by (coupon) (1, max by (coupon, name) (couponrush_coupon_info))\`.
- A refusal (\`sold_out\`, \`already_issued\`, \`revoked\`, \`not_open\`, \`closed\`) is an answer, not an error. Errors are the classes \`unavailable\` (503:
  nothing was issued) and \`unknown\` (504: ask again). \`rejected\` is what a client did wrong. Requests that uWebSockets.js itself
  refuses (malformed beyond reading) are counted nowhere.
- Durations are measured by the monotonic clock, but for what crosses stores: the age of an outbox entry and the time from grant to
  row are both read from Redis' clock, so that a difference of the clocks does not show as a delay. \`couponrush_store_clock_skew_seconds\`
  is that difference, exact to half the time of one question.
- \`couponrush_redis_pool_connections_in_use\` and the other gauges of use are looks at one moment, once a second.

## The dashboards

\`grafana/dashboards/\` has three: \`couponrush-rush\`, \`couponrush-stores\`, \`couponrush-processes\` (their uids). The variable _Console_ is the base of the admin API as the viewer's
browser reaches it, which serves the console: a link at the top leads there, and a click on a line of a coupon leads to that coupon.
The other way, set \`GRAFANA_URL\`: \`{GRAFANA_URL}/d/couponrush-rush?var-coupon=42\` shows coupon 42.

## On the path of a request

A request costs one look at the clock more and some additions in arrays; Prometheus' own objects are filled only when someone
looks. A family that would need a label looked up for each request does not belong here.

## The families
`;

function row({ name, type, labels, help }: FamilyDescription): string {
  const names = labels.length > 0 ? labels.map((label) => `\`${label}\``).join(', ') : '';
  return `| \`${name}\` | ${type} | ${names} | ${help.replaceAll('|', '\\|')} |`;
}

export function metricsDocument(): string {
  const rows = describeFamilies().map(row);
  return `${introduction}\n| family | type | labels | meaning |\n| --- | --- | --- | --- |\n${rows.join('\n')}\n`;
}
