import type { rush as english } from '../en/rush.ts';

export const rush = {
  title: '진행 상황',
} as const satisfies Record<keyof typeof english, string>;
