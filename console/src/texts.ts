// A text in the language that is chosen. Components that use it are drawn again if the language changes.
import { language } from './preferences.ts';
import { catalogues, fill, type TextKey, type Value, type ValuesOf } from './texts/catalogue.ts';

export type { TextKey } from './texts/catalogue.ts';

/** Numbers are written with separators; give a text for anything else. */
export function t<Key extends TextKey>(
  key: Key,
  ...[values]: [keyof ValuesOf<Key>] extends [never] ? [] : [ValuesOf<Key>]
): string {
  return fillKey(key, (values ?? {}) as Readonly<Record<string, Value>>);
}

/** The text of a key that is made of data, such as `phase.${phase}`. @returns the fallback if there is none */
export function textOf(key: string, fallback: string): string {
  const [page = '', name = ''] = key.split('.', 2);
  const text = catalogues[language.value][page]?.[name];
  return text ?? fallback;
}

function fillKey(key: string, values: Readonly<Record<string, Value>>): string {
  const chosen = language.value;
  const [page = '', name = ''] = key.split('.', 2);
  const text = catalogues[chosen][page]?.[name] ?? key;
  return fill(text, values, (value) => value.toLocaleString(chosen));
}
