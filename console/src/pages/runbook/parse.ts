// The little of Markdown that docs/runbook.md uses: sections, paragraphs, lists, tables, code, bold, links. Anything
// else stays as it was written: nothing is ever interpreted as HTML.

export type Inline =
  | { readonly kind: 'text' | 'code' | 'bold'; readonly text: string }
  | { readonly kind: 'link'; readonly text: string; readonly target: string };

export type Block =
  | { readonly kind: 'paragraph'; readonly content: readonly Inline[] }
  | { readonly kind: 'list'; readonly items: readonly (readonly Inline[])[] }
  | { readonly kind: 'code'; readonly text: string }
  | { readonly kind: 'table'; readonly rows: readonly (readonly (readonly Inline[])[])[] };

export interface Section {
  /** As GitHub makes it of the title; empty: before the first section. */
  readonly anchor: string;
  readonly title: string;
  readonly blocks: readonly Block[];
}

export function parseRunbook(text: string): Section[] {
  const [head = '', ...parts] = text.replace(/^# .*\n/, '').split(/^## /m);
  const sections = parts.map((part) => {
    const end = part.indexOf('\n');
    const title = (end < 0 ? part : part.slice(0, end)).trim();
    return { anchor: anchorOf(title), title, blocks: parseBlocks(end < 0 ? '' : part.slice(end + 1)) };
  });
  return [{ anchor: '', title: '', blocks: parseBlocks(head) }, ...sections];
}

export function anchorOf(title: string): string {
  return title
    .toLowerCase()
    .replaceAll(/[^\w\- ]/g, '')
    .replaceAll(' ', '-');
}

function parseBlocks(text: string): Block[] {
  const blocks: Block[] = [];
  for (const [index, part] of text.split('```').entries()) {
    if (index % 2 === 1) blocks.push({ kind: 'code', text: part.replace(/^\w*\n/, '').trimEnd() });
    else for (const each of part.split(/\n\s*\n/)) if (each.trim() !== '') blocks.push(parseBlock(each.trim()));
  }
  return blocks;
}

function parseBlock(text: string): Block {
  if (text.startsWith('- ')) {
    const items = text.split(/\n(?=- )/).map((item) => parseInline(item.slice(2)));
    return { kind: 'list', items };
  }
  if (text.startsWith('|')) {
    const lines = text.split('\n').filter((line) => !/^[|\s:-]+$/.test(line) || !line.includes('-'));
    const rows = lines.map((line) =>
      line
        .replace(/^\||\|\s*$/g, '')
        .split('|')
        .map((cell) => parseInline(cell.trim())),
    );
    return { kind: 'table', rows };
  }
  return { kind: 'paragraph', content: parseInline(text) };
}

const INLINE = /`([^`]+)`|\*\*([^*]+)\*\*|\[([^\]]+)\]\(([^)\s]+)\)/g;

export function parseInline(text: string): Inline[] {
  const joined = text.replaceAll(/\s*\n\s*/g, ' ');
  const found: Inline[] = [];
  let from = 0;
  for (const match of joined.matchAll(INLINE)) {
    const [all, code, bold, name, target] = match;
    if (match.index > from) found.push({ kind: 'text', text: joined.slice(from, match.index) });
    if (code !== undefined) found.push({ kind: 'code', text: code });
    else if (bold !== undefined) found.push({ kind: 'bold', text: bold });
    else found.push({ kind: 'link', text: name ?? '', target: target ?? '' });
    from = match.index + all.length;
  }
  if (from < joined.length) found.push({ kind: 'text', text: joined.slice(from) });
  return found;
}
