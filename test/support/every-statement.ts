// Every SQL statement that couponrush runs, as the text that it hands to MySQL: each function of src/store/tables is
// called with a database that writes down what it is given. What needs the schema's owner (src/store/migrate.ts) is
// left out.
import type { Database, Executed, Statements } from '../../src/store/database.ts';
import * as audit from '../../src/store/tables/audit.ts';
import * as brakeRecords from '../../src/store/tables/brake-records.ts';
import * as couponChanges from '../../src/store/tables/coupon-changes.ts';
import type { Coupon } from '../../src/store/tables/coupons.ts';
import * as coupons from '../../src/store/tables/coupons.ts';
import * as deadLetters from '../../src/store/tables/dead-letters.ts';
import * as erasedUsers from '../../src/store/tables/erased-users.ts';
import * as eventContent from '../../src/store/tables/event-content.ts';
import * as eventLog from '../../src/store/tables/event-log.ts';
import * as eventProgress from '../../src/store/tables/event-progress.ts';
import * as heldCoupons from '../../src/store/tables/held-coupons.ts';
import * as holders from '../../src/store/tables/holders.ts';
import * as installation from '../../src/store/tables/installation.ts';
import * as issuances from '../../src/store/tables/issuances.ts';
import * as losses from '../../src/store/tables/losses.ts';
import * as possibleLosses from '../../src/store/tables/possible-losses.ts';
import * as reports from '../../src/store/tables/reports.ts';
import * as revocations from '../../src/store/tables/revocations.ts';
import * as webhookDelivery from '../../src/store/tables/webhook-delivery.ts';
import * as witnesses from '../../src/store/tables/witnesses.ts';
import { recordInserts } from './insert-statements.ts';

const modules = {
  audit,
  brakeRecords,
  couponChanges,
  coupons,
  deadLetters,
  erasedUsers,
  eventContent,
  eventLog,
  eventProgress,
  heldCoupons,
  holders,
  installation,
  issuances,
  losses,
  possibleLosses,
  reports,
  revocations,
  webhookDelivery,
  witnesses,
};
/** What records. */
type Recorder = Pick<Database, 'query' | 'execute' | 'transaction'>;

/** Each function that takes a database: one that is missing does not compile. */
type Calls<Module> = {
  readonly [Name in keyof Module as TakesDatabase<Module[Name]> extends true ? Name : never]: (
    database: Recorder,
  ) => unknown;
};
type TakesDatabase<F> = F extends (database: infer First, ...rest: never) => unknown
  ? Recorder extends First
    ? true
    : false
  : false;

const USER = 7;
const now = new Date(0);
const coupon = { id: 1, state: 'OPEN', version: 1, epoch: 1 } as const;
const letter = { couponId: 1, id: '1-1', userId: USER, sequence: 1, issuedAt: now, code: '', refusal: '', raw: null };
const bounds = { afterSequence: 0, numbersMax: 1, grantedAfter: now, grantedBefore: now, reason: '' };
const interval = { first: 1, last: 9 } as const;
const draft = { name: 'a coupon', totalStock: 1, discountType: 'FIXED', discountAmount: 1 } as const;

/** For a function that goes on only if something is found. */
const withOneRow = (db: Recorder, row: object): Recorder => ({
  ...db,
  query: async <Row>(sql: string) => {
    await db.query(sql);
    return [row as Row];
  },
});

const calls: { readonly [Name in keyof typeof modules]: Calls<(typeof modules)[Name]> } = {
  audit: {
    recordAudit: (db) => audit.recordAudit(db, { actor: 'a', action: 'b', couponId: 1, result: 'RECORDED' }),
    recordAuditOfUsers: (db) =>
      audit.recordAuditOfUsers(db, { actor: 'a', action: 'b', couponId: 1, result: 'RECORDED' }, [USER, null]),
    listAudit: (db) => audit.listAudit(db, { couponId: 1, limit: 1 }),
    recordRefusal: (db) =>
      audit.recordRefusal(db, { actor: 'a', action: 'b', couponId: 1 }, { code: 'X', message: 'y' }),
    settleAudit: (db) => audit.settleAudit(db, 1, 'APPLIED'),
    readUnappliedRevocations: (db) => audit.readUnappliedRevocations(db, 1, 1),
    markApplied: (db) => audit.markApplied(db, 1, 1),
    listNewestResults: (db) => audit.listNewestResults(db, 1),
    hasAuditSince: (db) => audit.hasAuditSince(db, 1, now),
    listUnapplied: (db) => audit.listUnapplied(db, 1),
  },
  brakeRecords: {
    isBrakeRecorded: (db) => brakeRecords.isBrakeRecorded(db, 1, 'a'),
    listOpening: (db) => brakeRecords.listOpening(db),
  },
  couponChanges: {
    insertDraft: (db) => couponChanges.insertDraft(db, draft),
    insertFirst: (db) => couponChanges.insertFirst(db, 1, 'first', 1),
    updateCoupon: (db) => couponChanges.updateCoupon(db, coupon, { name: 'b', stock: 1 }),
    pauseRow: (db) => couponChanges.pauseRow(db, coupon as unknown as Coupon),
    raiseEpoch: (db) => couponChanges.raiseEpoch(db, coupon),
  },
  coupons: {
    readCoupon: (db) => coupons.readCoupon(db, 1),
    lockCoupon: (db) => coupons.lockCoupon(db, 1),
    listCoupons: (db) => coupons.listCoupons(db, { states: ['OPEN'], name: 'a', limit: 1 }),
    listLoaded: (db) => coupons.listLoaded(db, 1),
    readNames: (db) => coupons.readNames(db, [1]),
    listDraftIds: (db) => coupons.listDraftIds(db, 1),
    readDraftOpenings: (db) => coupons.readDraftOpenings(db, 1, 1),
    listDueDrafts: (db) => coupons.listDueDrafts(db, { aheadS: 1, overS: 1 }, 1),
    readCouponAndHighest: (db) => coupons.readCouponAndHighest(db, 1),
    listAllIds: (db) => coupons.listAllIds(db),
    readCounts: (db) => coupons.readCounts(db, 1),
  },
  deadLetters: {
    readResolvedLetters: (db) => deadLetters.readResolvedLetters(db, 1),
    readResolvedNumbers: (db) => deadLetters.readResolvedNumbers(db, 1),
    readResolvedOf: (db) => deadLetters.readResolvedOf(db, 1, '7'),
    readResolvedUsers: (db) => deadLetters.readResolvedUsers(db, 1, [USER]),
    readResolvedAfter: (db) => deadLetters.readResolvedAfter(db, 1, 0, 1),
    insertResolution: (db) => deadLetters.insertResolution(db, { ...letter, reason: '' }),
    deleteResolution: (db) => deadLetters.deleteResolution(db, 1, '1-1'),
  },
  erasedUsers: {
    listPseudonymNumbers: (db) => erasedUsers.listPseudonymNumbers(db),
    findPseudonym: (db) => erasedUsers.findPseudonym(db, USER),
    insertPseudonym: (db) => erasedUsers.insertPseudonym(db, USER),
    listUnfinished: (db) => erasedUsers.listUnfinished(db, 1),
    countUnfinished: (db) => erasedUsers.countUnfinished(db),
    forgetUser: (db) => erasedUsers.forgetUser(db, USER),
    readUnappliedErasures: (db) => erasedUsers.readUnappliedErasures(db, 1, 1),
    listUnappliedCoupons: (db) => erasedUsers.listUnappliedCoupons(db, 9),
    listReplaced: (db) => erasedUsers.listReplaced(db, 1),
    listCouponsOfUser: (db) => erasedUsers.listCouponsOfUser(db, USER),
    replaceInCoupon: (db) => erasedUsers.replaceInCoupon(db, 1, { userId: USER, pseudonym: 9 }),
    listAuditDetails: (db) => erasedUsers.listAuditDetails(db, USER),
    replaceAuditDetail: (db) => erasedUsers.replaceAuditDetail(db, { id: 1, text: 'a' }),
    listLetterTexts: (db) => erasedUsers.listLetterTexts(db, USER),
    replaceLetterTexts: (db) => erasedUsers.replaceLetterTexts(db, { id: 1, refusal: 'a', raw: null }),
  },
  eventContent: {
    readSigns: (db) => eventContent.readSigns(db, 1),
    readNumbersAbove: (db) => eventContent.readNumbersAbove(db, 1, 0),
    countNumbers: (db) => eventContent.countNumbers(db, 1, interval),
    readNumbers: (db) => eventContent.readNumbers(db, 1, interval),
    readHighestSettled: (db) => eventContent.readHighestSettled(db, 1, interval, 1),
    readMovesAfter: (db) => eventContent.readMovesAfter(db, 1, 0, 1),
    readIssuedContent: (db) => eventContent.readIssuedContent(db, [{ couponId: 1, ...interval }]),
    readMoveContent: (db) => eventContent.readMoveContent(db, [1]),
    readHasRows: (db) => eventContent.readHasRows(db),
  },
  eventLog: {
    readLogEnds: (db) => eventLog.readLogEnds(db),
    lockLog: (db) => eventLog.lockLog(db),
    insertSegments: (db) =>
      eventLog.insertSegments(db, [{ firstId: 1, lastId: 1, couponId: 1, firstSequence: 1, auditId: null }]),
    readSegmentsAfter: (db) => eventLog.readSegmentsAfter(db, 0, 1),
    findOldAfter: (db) => eventLog.findOldAfter(db, { afterId: 0, days: 1 }, 1),
    removeSegments: (db) => eventLog.removeSegments(withOneRow(db, { lastId: 1, isOld: 1 }), 1, 1),
    holdLease: (db) => eventLog.holdLease(db, 'n', 1),
    releaseLease: (db) => eventLog.releaseLease(db, 'n'),
  },
  eventProgress: {
    listCouponsWithNews: (db) => eventProgress.listCouponsWithNews(db, 1),
    readProgress: (db) => eventProgress.readProgress(db, 1),
    writeProgress: (db) =>
      eventProgress.writeProgress(db, 1, {
        lastSequence: 0,
        lastVersion: 0,
        seenVersion: 0,
        seenStock: 0,
        isPending: false,
      }),
    readFilled: (db) => eventProgress.readFilled(db, 1, 1),
    insertHoles: (db) => eventProgress.insertHoles(db, 1, [interval]),
    deleteHoles: (db) => eventProgress.deleteHoles(db, 1, [1]),
    hasHoles: (db) => eventProgress.hasHoles(db, 1),
    isInHole: (db) => eventProgress.isInHole(db, 1, 1),
  },
  webhookDelivery: {
    readDelivery: (db) => webhookDelivery.readDelivery(db),
    beginDelivery: (db) => webhookDelivery.beginDelivery(db, 0),
    advanceDelivery: (db) => webhookDelivery.advanceDelivery(db, { fromId: 0, toId: 1 }),
    recordDeliveryFailure: (db) => webhookDelivery.recordDeliveryFailure(db, 0, 'a'),
  },
  heldCoupons: {
    readIssuancesOf: (db) => heldCoupons.readIssuancesOf(db, 1, [USER]),
    listOwned: (db) => heldCoupons.listOwned(db, '7', null, 1),
    listOwnedOfMany: (db) => heldCoupons.listOwnedOfMany(db, [USER], 1),
  },
  holders: {
    lockStatuses: (db) => holders.lockStatuses(db, 1, [USER]),
    revokeRows: (db) => holders.revokeRows(db, 1, [USER]),
    readIssuedCoupon: (db) => holders.readIssuedCoupon(db, 1, USER),
    readPromises: (db) => holders.readPromises(db, 1, 1, 9),
  },
  reports: {
    readStatusTotals: (db) => reports.readStatusTotals(db, 1),
    readIssueTimes: (db) => reports.readIssueTimes(db, 1),
    countByStep: (db) => reports.countByStep(db, 1, now, 1),
    readPeak: (db) => reports.readPeak(db, 1, now),
    readPeriod: (db) => reports.readPeriod(db, now, now),
  },
  revocations: {
    readRevocations: (db) => revocations.readRevocations(db, 1, [USER]),
  },
  issuances: {
    readIssuance: (db) => issuances.readIssuance(db, 1, '7'),
    readRowsOfUsers: (db) => issuances.readRowsOfUsers(db, 1, [USER]),
    countRowsOfUsers: (db) => issuances.countRowsOfUsers(db, 1, { first: 1, last: 9 }),
    readRows: (db) => issuances.readRows(db, 1).next(),
    readRowsAfter: (db) => issuances.readRowsAfter(db, 1, 0, 1),
    readRowsOfNumbers: (db) => issuances.readRowsOfNumbers(db, 1, { first: 1, last: 9 }),
    readIssuancesAfter: (db) => issuances.readIssuancesAfter(db, 1, 0, 1),
    revokeRow: (db) => issuances.revokeRow(db, 1, USER),
    countRows: (db) => issuances.countRows(db, 1),
    readHighestSequence: (db) => issuances.readHighestSequence(db, 1),
    readHighestWritten: (db) => issuances.readHighestWritten(db, 1),
    readLastIssuedAt: (db) => issuances.readLastIssuedAt(db, 1),
    countAccounted: (db) => issuances.countAccounted(db, 1, { after: 0, upTo: 1 }),
  },
  losses: {
    readMissing: (db) => losses.readMissing(db, 1),
    insertMissing: (db) => losses.insertMissing(db, 1, { first: 1, last: 2 }, 'why'),
    deleteMissing: (db) => losses.deleteMissing(db, 1, { first: 1, last: 2 }),
    readReissued: (db) => losses.readReissued(db, 1),
    replaceReissued: (db) => losses.replaceReissued(db, { couponId: 1, epoch: 1, first: 1, last: 2 }),
    countMissing: (db) => losses.countMissing(db, 1),
    countReissued: (db) => losses.countReissued(db, 1),
  },
  possibleLosses: {
    askAfterLoss: (db) => possibleLosses.askAfterLoss(db, { couponId: 1, runId: 'r', epoch: 1 }, bounds),
    readQuestions: (db) => possibleLosses.readQuestions(db),
    withdrawQuestion: (db) => possibleLosses.withdrawQuestion(db, 1),
    confirmLoss: (db) => possibleLosses.confirmLoss(db, 1),
    readPossibleLosses: (db) => possibleLosses.readPossibleLosses(db, 1, 1),
    countPossible: (db) => possibleLosses.countPossible(db, 1),
  },
  witnesses: {
    readStandings: (db) => witnesses.readStandings(db, 1),
    registerWitness: (db) => witnesses.registerWitness(db, 'n', 'i'),
    hearWitness: (db) => witnesses.hearWitness(db, 'n', 'i', 1),
    endWitness: (db) => witnesses.endWitness(db, 'n', 'i'),
    deleteWitness: (db) => witnesses.deleteWitness(db, { name: 'n', instance: 'i' }, 1),
    clearEnded: (db) => witnesses.clearEnded(db, { name: 'n', instance: 'i' }),
  },
  installation: {
    readInstallationId: (db) => installation.readInstallationId(db),
    insertInstallationId: (db) => installation.insertInstallationId(db, 'i'),
    readClaimTime: (db) => installation.readClaimTime(db, 'c'),
    insertClaim: (db) => installation.insertClaim(db, 'c'),
    deleteOldClaims: (db) => installation.deleteOldClaims(db, 1),
  },
};

/** Files of src/store/tables whose statements are here. */
export const coveredTables: readonly string[] = Object.keys(modules).map(
  (name) => `${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}.ts`,
);

/** In one line each. */
export async function everyStatement(): Promise<string[]> {
  const statements: string[] = [];
  const record = (sql: string) => statements.push(...sql.split(';').map((one) => one.replaceAll(/\s+/g, ' ').trim()));
  const statementsOnly: Statements = {
    query: async (sql) => {
      record(sql);
      return [];
    },
    execute: async (sql): Promise<Executed> => {
      record(sql);
      return { affectedRows: 0, insertId: 0 };
    },
  };
  const database: Recorder = { ...statementsOnly, transaction: (work) => work(statementsOnly) };
  for (const module of Object.values(calls)) {
    for (const call of Object.values(module)) await (call as (db: Recorder) => unknown)(database);
  }
  await recordInserts(record);
  return statements;
}
