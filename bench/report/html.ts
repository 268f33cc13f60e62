// The report as one file: figures, charts and the library that draws them are all in it.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { type Machine, machineLine } from '../measure/machine.ts';
import type { ScenarioResult } from '../measure/run.ts';
import { chartsOf } from './charts.ts';
import { tableOf } from './table.ts';

const STYLE = `
  :root { color-scheme: light; font: 15px/1.5 system-ui, sans-serif; color: #1e293b; background: #f8fafc; }
  body { max-width: 1200px; margin: 0 auto; padding: 1rem; }
  nav a { margin-right: 1rem; }
  section { background: #fff; border: 1px solid #e2e8f0; border-radius: 8px; padding: 1rem; margin: 1rem 0; }
  .scroll { overflow-x: auto; }
  table { border-collapse: collapse; white-space: nowrap; font-variant-numeric: tabular-nums; }
  th, td { padding: .25rem .6rem; border-bottom: 1px solid #e2e8f0; text-align: right; }
  th:first-child, td:first-child { text-align: left; }
  .charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 480px), 1fr)); gap: 1rem; }
  figure { margin: 0; } figcaption { font-weight: 600; } .plot { position: relative; height: 320px; }
  .quiet { color: #64748b; }`;

/** Draws each chart as it comes into view: a report has dozens. */
const SCRIPT = `
  const plans = JSON.parse(document.getElementById('plans').textContent);
  const seen = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      seen.unobserve(target);
      new Chart(target, plans[Number(target.dataset.plan)]);
    }
  }, { rootMargin: '400px' });
  for (const canvas of document.querySelectorAll('canvas')) seen.observe(canvas);`;

export function renderHtml(title: string, machine: Machine, results: readonly ScenarioResult[]): string {
  const plans: object[] = [];
  const sections = results.map((result) => section(result, plans));
  const links = results.map(({ name }) => `<a href="#${escaped(name)}">${escaped(name)}</a>`);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>${escaped(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${escaped(title)}</h1>
<p>${escaped(machineLine(machine))}; ${escaped(machine.at)}</p>
<p class="quiet">Load generator, server, Redis and MySQL share this machine. CPU is what the operating system
counted for each process, for each request or row. Medians, with the least and the most if they differ by more than
5 %.</p>
<nav>${links.join('\n')}</nav>
${sections.join('\n')}
<script>${chartLibrary()}</script>
<script type="application/json" id="plans">${JSON.stringify(plans).replaceAll('<', '\\u003c')}</script>
<script>${SCRIPT}</script>
</body>
</html>
`;
}

function section(result: ScenarioResult, plans: object[]): string {
  const figures = chartsOf(result).map(({ title, config }) => {
    plans.push(config);
    return (
      `<figure><figcaption>${escaped(title)}</figcaption><div class="plot"><canvas ` +
      `data-plan="${plans.length - 1}" role="img" aria-label="${escaped(title)}"></canvas></div></figure>`
    );
  });
  const [head, ...rows] = tableOf(result);
  const cells = (row: readonly string[], tag: 'th' | 'td') =>
    row.map((text) => `<${tag}>${escaped(text)}</${tag}>`).join('');
  return `<section id="${escaped(result.name)}">
<h2>${escaped(result.name)}: ${escaped(result.title)}</h2>
<p class="quiet">${escaped(result.conditions)}; load average ${result.loadAverage.before} before,
${result.loadAverage.after} after</p>
<div class="scroll"><table><thead><tr>${cells(head ?? [], 'th')}</tr></thead>
<tbody>${rows.map((row) => `<tr>${cells(row, 'td')}</tr>`).join('\n')}</tbody></table></div>
<div class="charts">${figures.join('\n')}</div>
</section>`;
}

function chartLibrary(): string {
  const entry = createRequire(import.meta.url).resolve('chart.js');
  return readFileSync(join(dirname(entry), 'chart.umd.min.js'), 'utf8').replace(/^\/\/# sourceMappingURL=.*$/m, '');
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
