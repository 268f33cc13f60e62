export const after = {
  title: 'Report',
} as const;
