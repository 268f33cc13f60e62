export const user = {
  title: 'User',
} as const;
