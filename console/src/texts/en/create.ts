export const create = {
  title: 'Create',
} as const;
