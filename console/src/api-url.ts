// The address of a request, as the API's own description has it.
import { type Operations, operations } from './api-types.ts';

export type Nothing = Record<never, never>;
export type Field<Id extends keyof Operations, Name extends 'path' | 'query' | 'body'> = Operations[Id][Name];

/** For a link or a download: the browser sends the cookie with it. */
export function urlOf<Id extends keyof Operations>(
  id: Id,
  path: Field<Id, 'path'> | Nothing,
  query: Field<Id, 'query'> | Nothing = {},
): string {
  const [, pattern] = operations[id];
  const values = path as Readonly<Record<string, string | number>>;
  const filled = pattern.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(values[name])));
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== '');
  const search = new URLSearchParams(given.map(([name, value]): [string, string] => [name, String(value)])).toString();
  return search === '' ? filled : `${filled}?${search}`;
}
