import type { system as english } from '../en/system.ts';

export const system = {
  title: '시스템',
} as const satisfies Record<keyof typeof english, string>;
