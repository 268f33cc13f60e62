// How wide a text is on a terminal, and a form of it that can't do anything to one. Korean, Chinese and Japanese
// characters and most emoji take two columns; marks that are drawn over another character, and joiners, take none.
import { eastAsianWidth } from 'get-east-asian-width';
import { isLine, UNFIT } from '../coupons/text.ts';

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });
const EMOJI = /\p{Emoji_Presentation}|\ufe0f/u;
const WITHOUT_WIDTH = /^[\p{Mark}\p{Default_Ignorable_Code_Point}]*$/u;

/** In columns of a terminal. */
export function widthOf(text: string): number {
  let width = 0;
  for (const { segment } of graphemes.segment(text)) width += widthOfGrapheme(segment);
  return width;
}

function widthOfGrapheme(grapheme: string): number {
  const first = grapheme.codePointAt(0) as number;
  // Korean syllables in conjoining letters are drawn as one, as wide as the first.
  if (WITHOUT_WIDTH.test(grapheme) && first !== 0x3164) return 0;
  if (EMOJI.test(grapheme)) return 2;
  return eastAsianWidth(first);
}

const unfit = new RegExp(`[${UNFIT}]`, 'gu');

/**
 * What a terminal obeys instead of showing, as `\u{1b}`. New names have no such character; older ones, and what others
 * wrote into the databases, may.
 */
export function visible(text: string): string {
  if (text === '' || isLine(text)) return text;
  return text.replaceAll(unfit, (character) => `\\u{${(character.codePointAt(0) as number).toString(16)}}`);
}
