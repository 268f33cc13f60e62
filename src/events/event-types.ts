// Which moves are events, and what each is called. Data: docs/events.md shows it, and a test holds them together.

/** By the action of the audit record. Others, such as those of the reconciler, are no events. */
export const eventTypes = {
  create: 'created',
  preload: 'preloaded',
  edit: 'edited',
  pause: 'paused',
  resume: 'resumed',
  restock: 'restocked',
  adopt: 'adopted',
  close: 'closed',
  archive: 'archived',
  revoke: 'revoked',
  erase: 'erased',
} as const;

export const ISSUED = 'issued';
export type EventType = typeof ISSUED | (typeof eventTypes)[keyof typeof eventTypes];

export const allEventTypes: readonly EventType[] = [ISSUED, ...Object.values(eventTypes)];
