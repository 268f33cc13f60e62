import type { AuditRecord } from '../../api-types.ts';

/** The mark of a pause in Redis: it says nothing to people. */
const INTERNAL = ['brake'];

/** `totalStock 100 → 200`, by field. What did not change is left out. */
export function changesOf({ before, after }: Pick<AuditRecord, 'before' | 'after'>): string[] {
  const names = new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})]);
  return [...names].flatMap((name) => {
    if (INTERNAL.includes(name)) return [];
    const [old, now] = [textOf(before?.[name]), textOf(after?.[name])];
    if (old === now) return [];
    return old === null ? [`${name} ${now}`] : [`${name} ${old} → ${now ?? '–'}`];
  });
}

function textOf(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  return typeof value === 'string' ? value : JSON.stringify(value);
}
