export const rush = {
  title: 'Rush',
} as const;
