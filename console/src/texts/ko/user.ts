import type { user as english } from '../en/user.ts';

export const user = {
  title: '사용자',
} as const satisfies Record<keyof typeof english, string>;
