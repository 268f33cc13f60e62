export const login = {
  title: 'Operator login',
  token: 'Your token',
  tokenHint: 'From your admin, or the file that the server names at its start.',
  tokenMissing: 'Enter your token.',
  name: 'Your name (optional)',
  nameHint: 'For the audit, if you use the shared token.',
  nameProblem: 'Latin letters, digits and _ . @ + - only.',
  enter: 'Log in',
  ended: 'Your session has ended',
  endedText: 'Log in again. What you typed is still there.',
} as const;
