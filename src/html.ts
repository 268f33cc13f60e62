// What the HTML files that we hand out have in common: escaped texts, tables, and a page that asks for nothing outside
// itself. They are sent around and opened from anywhere, so each carries the policy that no script may run in it.
import { createHash } from 'node:crypto';

export type HtmlCell = string | number | null | undefined;

export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** @param heads of the columns; none: a table without them */
export function htmlTable(rows: readonly (readonly HtmlCell[])[], heads: readonly string[] = []): string {
  const head = heads.length > 0 ? `<tr>${heads.map((name) => `<th>${escaped(name)}</th>`).join('')}</tr>\n` : '';
  return `<table>${head}${rows.map((row) => `<tr>${row.map(htmlCell).join('')}</tr>`).join('\n')}</table>`;
}

function htmlCell(cell: HtmlCell): string {
  if (typeof cell === 'number') return `<td class="number">${cell.toLocaleString('en-US')}</td>`;
  return `<td>${escaped(cell ?? '')}</td>`;
}

/** @param parts the title is text; style and body are HTML already */
export function htmlPage({ title, style, body }: Readonly<Record<'title' | 'style' | 'body', string>>): string {
  const css = `\n${style.trim()}\n`;
  const hash = createHash('sha256').update(css).digest('base64');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-${hash}'">
<meta name="viewport" content="width=device-width">
<title>${escaped(title)}</title>
<style>${css}</style>
</head>
<body>
${body.trim()}
</body>
</html>
`;
}
