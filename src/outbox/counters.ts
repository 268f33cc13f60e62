// What a persister has done since it started, for its log, its status and the metrics.

export interface PersisterCounters {
  /** Rows that are new in MySQL. */
  writtenRows: number;
  /** Rows that were there already: redelivered. */
  duplicateRows: number;
  batches: number;
  acknowledgedEntries: number;
  /** Entries taken over from a silent persister, or found again after a lost reply. */
  claimedEntries: number;
  /** Entries that were deleted before they were written: data loss. */
  lostEntries: number;
  /** Rows, or unreadable entries, that became dead letters. */
  deadLetters: number;
  transientFailures: number;
}

export function createCounters(): PersisterCounters {
  return {
    writtenRows: 0,
    duplicateRows: 0,
    batches: 0,
    acknowledgedEntries: 0,
    claimedEntries: 0,
    lostEntries: 0,
    deadLetters: 0,
    transientFailures: 0,
  };
}
