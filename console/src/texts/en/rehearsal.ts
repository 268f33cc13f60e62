export const rehearsal = {
  title: 'Rehearsal',
} as const;
