// One decision batch: the applicants that go to Redis together, in the order of their arrival.

import type { UserId } from '../user-id.ts';
import type { Applicant } from './decision.ts';

/** Rises over the whole process: lua/issue.lua recognises a delayed copy of an older batch by it, in any lane. */
let lastBatchId = 0;

export class Batch {
  readonly id: number;
  readonly applicants: readonly Applicant[];
  readonly users: readonly UserId[];
  /** For lua/issue.lua: position, from 1, and Idempotency-Key of each applicant who sent one. */
  readonly keys: readonly (string | number)[];
  /** The earliest deadline of its applicants, monotonic: the script refuses to run past it. */
  readonly deadlineMs: number;
  /** How often it was sent. From the second time on, Redis may have executed it before. */
  sent = 0;

  constructor(applicants: readonly Applicant[]) {
    this.id = ++lastBatchId;
    this.applicants = applicants;
    const keys: (string | number)[] = [];
    for (let index = 0; index < applicants.length; index++) {
      const key = applicants[index]?.idempotencyKey;
      if (key !== undefined) keys.push(index + 1, key);
    }
    this.keys = keys;
    this.users = applicants.map((applicant) => applicant.userId);
    this.deadlineMs = applicants.reduce((earliest, { deadlineMs }) => Math.min(earliest, deadlineMs), Infinity);
  }
}
