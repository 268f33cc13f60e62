export const runbook = {
  title: 'Runbook',
  lead: 'What to do about each alert.',
  contents: 'Alerts',
  before: 'Before you begin',
  unknown: 'The runbook has no such section',
  unknownText: 'Choose one from the list.',
} as const;
