// A report as one HTML page: charts are SVG within it, so it needs no network, no script and no font, and can be
// printed.
import { escaped, htmlPage, htmlTable } from '../../html.ts';
import { type EventReport, figuresOf, refusalsOf } from './report-figures.ts';

const WIDTH = 800;
const HEIGHT = 220;
const LEFT = 60;
const BOTTOM = 24;

const styleOf = (ok: boolean) => `
body { font: 15px/1.5 system-ui, sans-serif; color: #1a1a1a; background: #fff }
body { max-width: ${WIDTH}px; margin: 2em auto; padding: 0 1em }
h1 { font-size: 1.6em; margin-bottom: 0 } h2 { font-size: 1.15em; margin-top: 1.8em }
table { border-collapse: collapse } td { padding: .15em 1.2em .15em 0; border-bottom: 1px solid #ddd }
td.number { text-align: right; font-variant-numeric: tabular-nums }
svg { width: 100%; height: auto }
.proof { padding: .6em 1em; border-left: 5px solid ${ok ? '#2a7d3f' : '#b3261e'}; background: #f5f5f5 }
.note { color: #555 } section { break-inside: avoid }
@media print { body { margin: 0; max-width: none } .proof { background: none } }
`;

export function reportPage(report: EventReport): string {
  const { coupon, phase, at, rate, faceValue, verification } = report;
  const title = `Coupon ${coupon.id}: ${coupon.name}`;
  const found = verification.gaps.filter(({ count }) => count > 0);
  const proof = verification.ok
    ? `Redis and MySQL agree, user by user (${verification.mode} check).`
    : `Redis and MySQL do not agree: ${found.map(({ name, count }) => `${name} ${count}`).join(', ')}.`;
  const body = `
<h1>${escaped(title)}</h1>
<p class="note">${escaped(coupon.state)} (${escaped(phase)}), as of ${escaped(at)}.
${coupon.rehearsal ? 'A rehearsal. ' : ''}All times are UTC.</p>
<p class="proof">${escaped(proof)}</p>
<section><h2>Figures</h2>${htmlTable(figuresOf(report))}</section>
${rate ? `<section><h2>Issued in each ${rate.stepSeconds} s</h2>${rateChart(rate)}</section>` : ''}
<section><h2>What became of them</h2>${sharesChart(report)}</section>
${
  faceValue
    ? `<section><h2>Face value</h2>${htmlTable(Object.entries(faceValue))}<p ` +
      `class="note">In the currency's smallest unit.</p></section>`
    : ''
}
<section><h2>Refusals</h2>${htmlTable(refusalsOf(report))}</section>`;
  return htmlPage({ title, style: styleOf(verification.ok), body });
}

function rateChart({ from, stepSeconds, counts }: NonNullable<EventReport['rate']>): string {
  const most = Math.max(1, ...counts);
  const step = (WIDTH - LEFT) / Math.max(1, counts.length);
  const room = HEIGHT - BOTTOM - 10;
  const bars = counts.map((count, index) => {
    const height = (count / most) * room;
    const x = LEFT + index * step;
    const label = `${time(from, index * stepSeconds)}: ${count}`;
    return count === 0
      ? ''
      : `<rect x="${fixed(x)}" y="${fixed(HEIGHT - BOTTOM - height)}" width="${fixed(Math.max(0.5, step - 0.5))}" ` +
          `height="${fixed(height)}" fill="#1f5fa8"><title>${escaped(label)}</title></rect>`;
  });
  const end = time(from, counts.length * stepSeconds);
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="issued in each step, at most ${most}">
<line x1="${LEFT}" y1="${HEIGHT - BOTTOM}" x2="${WIDTH}" y2="${HEIGHT - BOTTOM}" stroke="#888"/>
${bars.join('')}
<text x="${LEFT - 6}" y="16" text-anchor="end" font-size="12">${most.toLocaleString('en-US')}</text>
<text x="${LEFT - 6}" y="${HEIGHT - BOTTOM}" text-anchor="end" font-size="12">0</text>
<text x="${LEFT}" y="${HEIGHT - 6}" font-size="12">${escaped(time(from, 0))}</text>
<text x="${WIDTH}" y="${HEIGHT - 6}" text-anchor="end" font-size="12">${escaped(end)}</text>
</svg>`;
}

const shares = [
  ['open', '#1f5fa8'],
  ['used', '#2a7d3f'],
  ['lapsed', '#8a8a8a'],
  ['revoked', '#b3261e'],
] as const;

/** One bar, a part for each status, and its legend. */
function sharesChart({ totals }: EventReport): string {
  const all = Math.max(1, totals.issued);
  let x = 0;
  const parts = shares.map(([name, colour], index) => {
    const width = (totals[name] / all) * WIDTH;
    const label = `${name} ${totals[name].toLocaleString('en-US')}`;
    const part = `<rect x="${fixed(x)}" y="0" width="${fixed(width)}" height="36" fill="${colour}"/>
<rect x="${index * 190}" y="50" width="12" height="12" fill="${colour}"/>
<text x="${index * 190 + 18}" y="61" font-size="13">${label}</text>`;
    x += width;
    return part;
  });
  return `<svg viewBox="0 0 ${WIDTH} 70" role="img" aria-label="what became of them">${parts.join('\n')}</svg>`;
}

function time(from: string, seconds: number): string {
  return new Date(Date.parse(from) + seconds * 1000).toISOString().slice(0, 19).replace('T', ' ');
}

const fixed = (value: number): string => value.toFixed(2);
