import type { events as english } from '../en/events.ts';

export const events = {
  title: '이벤트',
} as const satisfies Record<keyof typeof english, string>;
