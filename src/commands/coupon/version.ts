// --if-version: the check that lets two operators work on one coupon without undoing each other's moves.
import { integerOption } from '../action.ts';

export const versionOption: [string, string, (text: string) => number] = [
  '--if-version <n>',
  'refuse if the coupon has another version (see coupon show): somebody else moved it meanwhile',
  integerOption(0, Number.MAX_SAFE_INTEGER),
];
