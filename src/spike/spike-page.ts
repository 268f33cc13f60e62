// The proof of a spike as one HTML file to hand round: it needs no network, no script and no font, and can be printed.
import { escaped, type HtmlCell, htmlPage, htmlTable } from '../html.ts';
import { version } from '../project.ts';
import type { SpikeReport } from './spike.ts';
import type { Spread } from './summary.ts';
import { notesOn, verdictOf } from './verdict.ts';

export interface SpikeProof {
  readonly report: SpikeReport;
  readonly couponName: string;
  readonly startedAt: Date;
  readonly endedAt: Date;
  /** Who let it run. */
  readonly actor: string;
}

const TIME_HEADS = ['milliseconds', 'min', 'p50', 'p90', 'p99', 'max'];

const style = (ok: boolean) => `
body { font: 15px/1.5 system-ui, sans-serif; color: #1a1a1a; background: #fff }
body { max-width: 800px; margin: 2em auto; padding: 0 1em }
h1 { font-size: 1.6em; margin-bottom: 0 } h2 { font-size: 1.15em; margin-top: 1.8em }
table { border-collapse: collapse } td, th { padding: .15em 1.2em .15em 0; border-bottom: 1px solid #ddd }
th { text-align: left; font-weight: 600 } td.number { text-align: right; font-variant-numeric: tabular-nums }
.proof { padding: .6em 1em; border-left: 5px solid ${ok ? '#2a7d3f' : '#b3261e'}; background: #f5f5f5 }
.note { color: #555 } section { break-inside: avoid }
@media print { body { margin: 0; max-width: none } .proof { background: none } }
`;

export function spikePage({ report, couponName, startedAt, endedAt, actor }: SpikeProof): string {
  const title = `Coupon ${report.couponId}: ${couponName}`;
  const when = `${startedAt.toISOString()} to ${endedAt.toISOString()}`;
  return htmlPage({
    title: `${title}: ${report.ok ? 'proven' : 'not proven'}`,
    style: style(report.ok),
    body: `
<h1>Coupon ${report.couponId}: <bdi>${escaped(couponName)}</bdi></h1>
<p class="note">${report.attempts.toLocaleString('en-US')} requests of ${report.asking.toLocaleString('en-US')} users at
once (${escaped(String(report.firstUser))} to ${escaped(String(report.lastUser))}), each on a connection of its own.
${escaped(when)}, by <bdi>${escaped(actor)}</bdi>. couponrush ${escaped(version)}. All times are UTC.</p>
<p class="proof">${escaped(verdictOf(report))}</p>
${notesOn(report)
  .map((note) => `<p>${escaped(note)}</p>`)
  .join('\n')}
<section><h2>Answers</h2>${htmlTable(Object.entries(report.answers), ['answer', 'times'])}</section>
<section><h2>Time to answer</h2>${htmlTable(timesOf(report), TIME_HEADS)}</section>
<section><h2>Figures</h2>${htmlTable(figuresOf(report))}</section>
${contradictions(report)}
<section><h2>Redis and MySQL</h2>
<p>Compared user by user (${report.verification.mode} check):
they ${report.verification.ok ? 'agree' : 'differ'}.</p>
${htmlTable(
  report.verification.gaps.map(({ name, count, meaning }) => [name, count, meaning]),
  ['difference', 'count', 'meaning'],
)}</section>`,
  });
}

function timesOf({ latencyMs, withConnectMs }: SpikeReport): HtmlCell[][] {
  const cells = (spread: Spread | null) =>
    spread ? [spread.min, spread.p50, spread.p90, spread.p99, spread.max] : ['no answer'];
  return [
    ['of the request', ...cells(latencyMs)],
    ['with connecting', ...cells(withConnectMs)],
  ];
}

function figuresOf({ users, settled, drain, ...report }: SpikeReport): HtmlCell[][] {
  return [
    ['users granted', users.granted],
    ['users who held it before', report.heldBefore],
    ['users refused', users.refused],
    ['users with an unknown outcome', users.unknown],
    ['of those, settled afterwards', settled.issued + settled.notIssued],
    ['answers per second', Math.round(report.answersPerSecond)],
    ['all connections begun within, ms', Math.round(report.connectsWithinMs)],
    ['first connection to last answer, ms', Math.round(report.durationMs)],
    ['rows in MySQL at the last answer', drain.rowsAtLastAnswer],
    ['all rows in MySQL after, ms', drain.allRowsAfterMs ?? 'not within the limit'],
  ];
}

function contradictions({ violations }: SpikeReport): string {
  if (violations.length === 0) return '';
  const rows = violations.map(({ name, count, meaning, examples }) => [name, count, meaning, examples.join(', ')]);
  const heads = ['violation', 'count', 'meaning', 'such as'];
  return `<section><h2>Answers that contradict the stores</h2>${htmlTable(rows, heads)}</section>`;
}
