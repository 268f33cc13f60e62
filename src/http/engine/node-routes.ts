// Routes as uWebSockets.js matches them: segment by segment, nothing decoded, those of a method before those of any.
import type { RequestHandler } from './engine.ts';

export interface Match {
  readonly handler: RequestHandler;
  /** What stood in the places of `:name`, in their order. */
  readonly parameters: readonly string[];
}

interface Pattern {
  readonly segments: readonly string[];
  readonly handler: RequestHandler;
}

const ANY = '';

export class NodeRoutes {
  readonly #patterns = new Map<string, Pattern[]>();

  /** @param method null: any */
  add(method: string | null, pattern: string, handler: RequestHandler): void {
    const key = method ?? ANY;
    const patterns = this.#patterns.get(key) ?? [];
    this.#patterns.set(key, [...patterns, { segments: pattern.split('/'), handler }]);
  }

  find(method: string, path: string): Match | null {
    const segments = path.split('/');
    return match(this.#patterns.get(method), segments) ?? match(this.#patterns.get(ANY), segments);
  }
}

function match(patterns: readonly Pattern[] | undefined, segments: readonly string[]): Match | null {
  for (const { segments: expected, handler } of patterns ?? []) {
    if (expected[1] === '*') return { handler, parameters: [] };
    if (expected.length === segments.length && expected.every((part, index) => fits(part, segments[index] ?? ''))) {
      return { handler, parameters: segments.filter((_, index) => isParameter(expected[index] ?? '')) };
    }
  }
  return null;
}

const isParameter = (part: string): boolean => part.startsWith(':');

function fits(part: string, segment: string): boolean {
  return isParameter(part) ? segment !== '' : part === segment;
}
