/** What the audit says was done. */
export const moves = {
  create: 'Created',
  edit: 'Edited',
  preload: 'Loaded',
  pause: 'Paused',
  resume: 'Resumed',
  restock: 'Restocked',
  revoke: 'Revoked',
  erase: 'Erased',
  close: 'Closed',
  archive: 'Archived',
  adopt: 'Adopted',
  rebuild: 'Rebuilt',
  redrive: 'Redriven',
  resolve: 'Resolved',
  restore: 'Restored',
  rehearse: 'Rehearsed',
};
