// Which file imports which, read from the text of the sources, and the circles among them.
import { join } from 'node:path';

/**
 * `import x from`, `import {…} from` over several lines, `import type`, `import '…'`, `import('…')`, `export … from`.
 */
const IMPORT = /(?:\bfrom|\bimport)\s*\(?\s*(['"])(\.{1,2}\/[^'"]+)\1/g;

/** @returns paths from the root of the project */
export function importsOf(file: string, source: string): string[] {
  return [...source.matchAll(IMPORT)].map(([, , path = '']) => join(file, '..', path));
}

/** @returns each group of files that import each other, directly or through others; sorted */
export function findCircles(edges: ReadonlyMap<string, readonly string[]>): string[][] {
  const circles: string[][] = [];
  const order = new Map<string, number>();
  const open: string[] = [];
  // Tarjan's algorithm: the lowest place in the order that can be reached from here, among files that are still open.
  const visit = (file: string): number => {
    const place = order.size;
    order.set(file, place);
    const from = open.push(file) - 1;
    let lowest = place;
    for (const next of edges.get(file) ?? []) {
      const seen = order.get(next);
      if (seen === undefined) lowest = Math.min(lowest, visit(next));
      else if (open.includes(next)) lowest = Math.min(lowest, seen);
    }
    if (lowest === place) {
      const group = open.splice(from);
      if (group.length > 1 || edges.get(file)?.includes(file)) circles.push(group.sort());
    }
    return lowest;
  };
  for (const file of edges.keys()) if (!order.has(file)) visit(file);
  return circles;
}
