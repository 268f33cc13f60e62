import type { people as english } from '../en/people.ts';

export const people = {
  title: '담당자',
} as const satisfies Record<keyof typeof english, string>;
