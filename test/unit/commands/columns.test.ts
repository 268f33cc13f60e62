import assert from 'node:assert/strict';
import { test } from 'node:test';
import { visible, widthOf } from '../../../src/commands/columns.ts';
import { table } from '../../../src/commands/output.ts';

test('a text is as wide as a terminal shows it', () => {
  const widths: readonly (readonly [string, number])[] = [
    ['', 0],
    ['Spring sale', 11],
    ['봄 세일 쿠폰', 12],
    ['日本', 4],
    ['ｶﾅ', 2],
    ['ＡＢ', 4],
    ['\u1112\u1161\u11ab', 2],
    ['caf\u00e9', 4],
    ['cafe\u0301', 4],
    ['👩‍👩‍👧‍👦', 2],
    ['🇰🇷', 2],
    ['❤️', 2],
    ['👍🏽!', 3],
    ['a\u200bb\u200d', 2],
    ['Ёлка', 4],
    ['خصم', 3],
  ];
  for (const [text, width] of widths) assert.equal(widthOf(text), width, JSON.stringify(text));
});

test('columns stand below each other whatever script their names are in', () => {
  const rows = [
    ['id', 'name', 'phase'],
    ['1', '봄 세일 쿠폰', 'open'],
    ['2', 'Spring 👩‍👩‍👧‍👦', 'draft'],
    ['3', 'sale', 'closed'],
  ];
  const lines = table(rows).split('\n');
  const starts = lines.map((line, index) =>
    widthOf(line.slice(0, line.lastIndexOf((rows[index] as string[])[2] as string))),
  );
  assert.deepEqual(starts, [18, 18, 18, 18]);
});

test('a name can do nothing to a terminal, nor to the table', () => {
  assert.equal(visible('봄 sale 🇰🇷'), '봄 sale 🇰🇷');
  assert.equal(visible('\u001b[31mred'), '\\u{1b}[31mred');
  assert.equal(visible('a\nb\u0007\u009b\u202e\u2028'), 'a\\u{a}b\\u{7}\\u{9b}\\u{202e}\\u{2028}');
  const text = table([
    ['1', 'one\ntwo', 'x'],
    ['2', '\u001b]0;owned\u0007', 'y'],
  ]);
  assert.equal(text.split('\n').length, 2);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what must not be there
  assert.doesNotMatch(text, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
});
