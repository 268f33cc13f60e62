// Blocks of the runbook, drawn. A name of another alert leads to its section.
import { linkTo } from '../../route.ts';
import { anchorOf, type Block, type Inline } from './parse.ts';

interface MarkdownProps {
  readonly blocks: readonly Block[];
  /** Titles of sections. */
  readonly anchors: readonly string[];
}

export function Markdown({ blocks, anchors }: MarkdownProps) {
  return (
    <>
      {blocks.map((block, index) => (
        <BlockView key={index} block={block} anchors={anchors} />
      ))}
    </>
  );
}

function BlockView({ block, anchors }: { readonly block: Block; readonly anchors: readonly string[] }) {
  const draw = (content: readonly Inline[]) => <Inlines content={content} anchors={anchors} />;
  if (block.kind === 'code') return <pre>{block.text}</pre>;
  if (block.kind === 'paragraph') return <p>{draw(block.content)}</p>;
  if (block.kind === 'list') {
    return (
      <ul>
        {block.items.map((item, index) => (
          <li key={index}>{draw(item)}</li>
        ))}
      </ul>
    );
  }
  return (
    <div class="prose-table">
      <table>
        <tbody>
          {block.rows.map((row, at) => (
            <tr key={at}>
              {row.map((cell, column) => (
                <td key={column}>{draw(cell)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Inlines({ content, anchors }: { readonly content: readonly Inline[]; readonly anchors: readonly string[] }) {
  return (
    <>
      {content.map((each, index) => (
        <InlineView key={index} inline={each} anchors={anchors} />
      ))}
    </>
  );
}

function InlineView({ inline, anchors }: { readonly inline: Inline; readonly anchors: readonly string[] }) {
  if (inline.kind === 'code') return <code>{inline.text}</code>;
  if (inline.kind === 'bold') return <strong>{inline.text}</strong>;
  // Other documents are in the repository, not here.
  if (inline.kind === 'link') {
    const own = inline.target.startsWith('#') ? inline.target.slice(1) : null;
    return own ? <a href={linkTo('runbook', {}, { alert: own })}>{inline.text}</a> : <code>{inline.target}</code>;
  }
  const names = new RegExp(`\\b(${anchors.join('|') || '$^'})\\b`);
  return (
    <>
      {inline.text
        .split(names)
        .map((part, index) =>
          index % 2 === 1 ? <a href={linkTo('runbook', {}, { alert: anchorOf(part) })}>{part}</a> : part,
        )}
    </>
  );
}
