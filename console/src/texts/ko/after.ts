import type { after as english } from '../en/after.ts';

export const after = {
  title: '결과',
} as const satisfies Record<keyof typeof english, string>;
