// All scenarios of `npm run bench`, in the order in which they run.
import type { OpenScenario } from '../measure/context.ts';
import { openSoldOut } from './sold-out.ts';
import { openSustained } from './sustained.ts';

export const scenarios: Readonly<Record<string, OpenScenario>> = {
  sustained: openSustained,
  'sold-out': openSoldOut,
};
