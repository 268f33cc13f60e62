import type { create as english } from '../en/create.ts';

export const create = {
  title: '만들기',
} as const satisfies Record<keyof typeof english, string>;
