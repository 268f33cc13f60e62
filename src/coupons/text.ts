// Text that operators give and others read: names, reasons. One line, shown as it was given wherever it is shown: a
// terminal, a page, a log. What can't be stored or shown unchanged is refused, never converted.

/**
 * Inside a character class of a regular expression:
 * - control characters, line and paragraph separators;
 * - embeddings, overrides and isolates of writing direction, which reorder the text beside them;
 * - noncharacters;
 * - U+FFFD, which is what broken UTF-8 has become on its way here.
 */
const UNFIT_CHARACTERS =
  '\\u0000-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069\\ufdd0-\\ufdef\\ufffd-\\uffff';
/** With the `u` flag also lone surrogates (no UTF-8). Outside JavaScript many engines refuse to compile them. */
export const UNFIT = `${UNFIT_CHARACTERS}\\ud800-\\udfff`;

/** For JSON Schema, beside `format: WELL_FORMED`. At least one character. */
export const LINE_PATTERN = `^[^${UNFIT_CHARACTERS}]+$`;
/** The same, visible from its first to its last character. */
export const TITLE_PATTERN = `^[^\\s${UNFIT_CHARACTERS}]([^${UNFIT_CHARACTERS}]*[^\\s${UNFIT_CHARACTERS}])?$`;
/** A format of JSON Schema: no lone surrogate, which only an escape such as `\ud800` can bring here. */
export const WELL_FORMED = 'well-formed';
export const LINE_MEANING =
  'one line of text: no control characters, no override of the writing direction, no broken Unicode';

const line = new RegExp(LINE_PATTERN, 'u');
const title = new RegExp(TITLE_PATTERN, 'u');
const LONE_SURROGATE = /[\ud800-\udfff]/u;
/** Spaces, and what is not drawn at all: joiners, fillers, variation selectors. */
const INVISIBLE = /[\p{White_Space}\p{Default_Ignorable_Code_Point}]/gu;

export function isWellFormed(text: string): boolean {
  return !LONE_SURROGATE.test(text);
}

export function isLine(text: string): boolean {
  return line.test(text) && isWellFormed(text);
}

/** A line with something to see, and no space at its ends. */
export function isTitle(text: string): boolean {
  return title.test(text) && isWellFormed(text) && text.replaceAll(INVISIBLE, '') !== '';
}
