// All texts of the console: English is the catalogue, and the other languages have the same keys and the same values in
// braces, which the compiler checks (ko.ts) and a test. A text may have
//   {name}                  a value
//   {count:coupon|coupons}  one of two words, by a number
import { en } from './en.ts';
import { ko } from './ko.ts';

export type Language = 'en' | 'ko';

type Catalogue = typeof en;

export type TextKey = {
  [Page in keyof Catalogue & string]: `${Page}.${keyof Catalogue[Page] & string}`;
}[keyof Catalogue & string];

type TextOf<Key> = Key extends `${infer Page}.${infer Name}`
  ? Page extends keyof Catalogue
    ? Name extends keyof Catalogue[Page]
      ? Catalogue[Page][Name]
      : never
    : never
  : never;

type NamesIn<Text> = Text extends `${string}{${infer Inside}}${infer Rest}`
  ? (Inside extends `${infer Name}:${string}` ? Name : Inside) | NamesIn<Rest>
  : never;

export type Value = string | number;

/** What a text needs to be complete. */
export type ValuesOf<Key> = { readonly [Name in NamesIn<TextOf<Key>>]: Value };

export const catalogues: Readonly<Record<Language, Readonly<Record<string, Readonly<Record<string, string>>>>>> = {
  en,
  ko,
};

const BRACES = /\{(\w+)(?::([^|}]*)\|([^}]*))?\}/g;

/** @param write how a number is written in the language */
export function fill(text: string, values: Readonly<Record<string, Value>>, write: (value: number) => string): string {
  return text.replaceAll(BRACES, (all, name: string, one: string | undefined, other: string | undefined) => {
    const value = values[name];
    if (value === undefined) return all;
    if (one !== undefined) return Number(value) === 1 ? one : (other ?? '');
    return typeof value === 'number' ? write(value) : value;
  });
}
