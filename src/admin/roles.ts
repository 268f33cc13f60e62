// What each role of an operator may ask of the admin API: one row for each route, by its operationId. Data, so that it
// can be read at once; a test asks each route in each role. A route without a row is for admins only.
import type { Role } from './principal.ts';

const EVERYONE: readonly Role[] = ['viewer', 'support', 'operator', 'admin'];
const SUPPORT: readonly Role[] = ['support', 'operator', 'admin'];
const OPERATOR: readonly Role[] = ['operator', 'admin'];
const ADMIN: readonly Role[] = ['admin'];

export const rolesOfRoutes: Readonly<Record<string, readonly Role[]>> = {
  // Login and logout: for everyone who has a token.
  beginSession: EVERYONE,
  readSession: EVERYONE,
  endSession: EVERYONE,
  // Figures and states.
  readStatus: EVERYONE,
  readLive: EVERYONE,
  readSystem: EVERYONE,
  readClock: EVERYONE,
  listCoupons: EVERYONE,
  readCoupon: EVERYONE,
  readReport: EVERYONE,
  readPeriodReport: EVERYONE,
  // What names users.
  listAudit: SUPPORT,
  listEvents: SUPPORT,
  listWinners: SUPPORT,
  listDeadLetters: SUPPORT,
  verifyCoupon: SUPPORT,
  revokeIssuance: SUPPORT,
  revokeMany: SUPPORT,
  readUser: SUPPORT,
  readHolder: SUPPORT,
  listRehearsals: SUPPORT,
  readRehearsal: SUPPORT,
  readRehearsalReport: SUPPORT,
  // The life of coupons.
  createCoupon: OPERATOR,
  editCoupon: OPERATOR,
  preloadCoupon: OPERATOR,
  pauseCoupon: OPERATOR,
  pauseAllCoupons: OPERATOR,
  resumeCoupon: OPERATOR,
  restockCoupon: OPERATOR,
  closeCoupon: OPERATOR,
  archiveCoupon: OPERATOR,
  rebuildCoupon: OPERATOR,
  rehearseCoupon: OPERATOR,
  redriveDeadLetters: OPERATOR,
  listSettings: OPERATOR,
  // What gives up what a user was granted.
  resolveDeadLetters: ADMIN,
  eraseUser: ADMIN,
  listErasures: ADMIN,
  // Who else may do so.
  listOperators: ADMIN,
};

export function rolesFor(operationId: string): readonly Role[] {
  return rolesOfRoutes[operationId] ?? ADMIN;
}
