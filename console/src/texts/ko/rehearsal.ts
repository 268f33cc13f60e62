import type { rehearsal as english } from '../en/rehearsal.ts';

export const rehearsal = {
  title: '리허설',
} as const satisfies Record<keyof typeof english, string>;
