// Made from the admin API's description by `npm run docs`. Don't edit it.

/** A number, or a text with USER_ID_TYPE=text. */
export type UserId = number | string;

export type Problem = { type: string; title: string; status: number; code: 'BAD_REQUEST' | 'ALREADY_ISSUED_COUPON' | 'REVOKED_COUPON' | 'OUT_OF_STOCK_COUPON' | 'NOT_OPEN_COUPON' | 'EXPIRED_COUPON' | 'UNAUTHENTICATED_USER' | 'UNAUTHENTICATED_OPERATOR' | 'FORBIDDEN_OPERATOR' | 'FORBIDDEN_ORIGIN' | 'NOT_FOUND' | 'NOT_FOUND_COUPON' | 'NOT_ISSUED_COUPON' | 'METHOD_NOT_ALLOWED' | 'STATE_CONFLICT' | 'VERSION_CONFLICT' | 'NOT_A_REHEARSAL' | 'REHEARSAL_RUNNING' | 'BELOW_ISSUED' | 'NOT_DRAINED' | 'NOT_PROVEN' | 'CURSOR_EXPIRED' | 'PAYLOAD_TOO_LARGE' | 'UNSUPPORTED_MEDIA_TYPE' | 'IDEMPOTENCY_KEY_REUSED' | 'OPENS_IN_PAST' | 'EXPIRES_TOO_EARLY' | 'VALIDATION_FAILED' | 'TOO_MANY_REQUESTS' | 'HEADERS_TOO_LARGE' | 'NOT_READY' | 'OVERLOADED' | 'STORES_AWAY' | 'OUTCOME_UNKNOWN'; detail?: string; fields?: Array<{ field: string; problem: string }>; opensAt?: string | null; checks?: Record<string, string> };

export type Coupon = { id: number; name: string; state: 'DRAFT' | 'OPEN' | 'PAUSED' | 'CLOSED' | 'ARCHIVED'; version: number; totalStock: number; left: number; discountType: 'FIXED' | 'PERCENT'; discountAmount: number; opensAt: string | null; closesAt: string | null; expiresAt: string | null; createdAt: string; rehearsal: boolean };

export type CouponOverview = { id: number; opensAt: string | null; closesAt: string | null; expiresAt: string | null; name: string | null; state: 'DRAFT' | 'OPEN' | 'PAUSED' | 'CLOSED' | 'ARCHIVED' | null; version: number | null; totalStock: number | null; left: number | null; discountType: 'FIXED' | 'PERCENT' | null; discountAmount: number | null; createdAt: string | null; rehearsal: boolean | null; phase: 'draft' | 'scheduled' | 'open' | 'sold-out' | 'paused' | 'ended' | 'closed' | 'archived' | null; live: LiveFigures | null; held: { at: string; actor: string; reason: string | null } | null };

export type LiveFigures = { loaded: boolean; totalStock: number; state: 'OPEN' | 'PAUSED' | 'CLOSED' | null; unrecordedPause: { at: string; actor: string; reason: string | null } | null; holders: number; left: number; sequence: number; revoked: number; backlog: number; outboxEntries: number; deadLetters: number };

export type MoveAnswer = { changed: boolean; inEffect: boolean; coupon: Coupon; dryRun?: true; warnings?: Array<'SMALL_FIXED_DISCOUNT' | 'STOCK_MORE_THAN_DOUBLED'> };

export type Verification = { couponId: number; mode: 'live' | 'final'; ok: boolean; gaps: Array<Gap>; redis: Record<string, number | string | null> | null; mysql: Record<string, number | string | null> | null; declaredLoss: { missing: number; reissued: number; ranges: Array<string> }; possibleLoss: Array<{ afterSequence: number; numbersMax: number; grantedAfter: string; grantedBefore: string; reason: string; confirmed: boolean }>; looks: number; durationMs: number };

export type Gap = { name: 'couponMissing' | 'holdersWithoutRow' | 'rowsWithoutHolder' | 'outboxWithoutHolder' | 'deadWithoutHolder' | 'revokedHolders' | 'malformedHolders' | 'malformedEntries' | 'overIssuedRedis' | 'overIssuedMysql' | 'duplicateRows' | 'duplicateSequences' | 'sequenceGaps' | 'sequenceBehind' | 'stockMismatchMysql' | 'stockMismatchRedis' | 'outboxNotEmpty'; meaning: string; count: number; examples: Array<number | string> };

export type DeadLetter = { id: string; userId: UserId | null; sequence: number | null; issuedAt: string | null; code: string; reason: string; attempts: number; at: string; raw: string | null };

export type CouponEvent = { id: number; type: 'issued' | 'created' | 'preloaded' | 'edited' | 'paused' | 'resumed' | 'restocked' | 'adopted' | 'closed' | 'archived' | 'revoked' | 'erased'; couponId: number; userId: UserId | null; sequence: number | null; at: string };

export type AuditRecord = { id: number; at: string; actor: string; action: string; couponId: number; userId: UserId | null; versionBefore: number | null; versionAfter: number | null; before: Record<string, unknown> | null; after: Record<string, unknown> | null; result: 'RECORDED' | 'APPLIED' | 'REFUSED'; detail: string | null };

export type Status = { at: string; mysql: 'ok' | 'unreachable'; redis: 'ok' | 'unreachable'; gate: 'open' | 'rebuilding' | 'shut' | 'unknown'; redisMemoryBytes: number | null; processes: Record<string, number>; unfinishedErasures: number | null; heldDrafts: Array<number> | null; coupons: Array<{ id: number; opensAt: string | null; closesAt: string | null; expiresAt: string | null; name: string | null; state: 'DRAFT' | 'OPEN' | 'PAUSED' | 'CLOSED' | 'ARCHIVED' | null; version: number | null; totalStock: number | null; left: number | null; discountType: 'FIXED' | 'PERCENT' | null; discountAmount: number | null; createdAt: string | null; rehearsal: boolean | null; phase: 'draft' | 'scheduled' | 'open' | 'sold-out' | 'paused' | 'ended' | 'closed' | 'archived' | null; live: LiveFigures | null; held: { at: string; actor: string; reason: string | null } | null; issuedPerSecond: number | null }> };

export type NewCoupon = { name: string; totalStock: number; discountType: 'FIXED' | 'PERCENT'; discountAmount: number; opensAt?: string | null; closesAt?: string | null; expiresAt?: string | null; openNow?: boolean; preload?: boolean; rehearsal?: boolean; dryRun?: boolean };

export type EditedCoupon = { name?: string; totalStock?: number; discountType?: 'FIXED' | 'PERCENT'; discountAmount?: number; opensAt?: string | null; closesAt?: string | null; expiresAt?: string | null; openNow?: boolean; version?: number; dryRun?: boolean; intended?: boolean };

export type LiveLook = { at: string; mysql: 'ok' | 'unreachable'; redis: 'ok' | 'unreachable'; gate: 'open' | 'rebuilding' | 'shut' | 'unknown'; redisMemoryBytes: number | null; processes: Record<string, number>; unfinishedErasures: number | null; heldDrafts: Array<number> | null; coupons: Array<{ id: number; opensAt: string | null; closesAt: string | null; expiresAt: string | null; name: string | null; state: 'DRAFT' | 'OPEN' | 'PAUSED' | 'CLOSED' | 'ARCHIVED' | null; version: number | null; totalStock: number | null; left: number | null; discountType: 'FIXED' | 'PERCENT' | null; discountAmount: number | null; createdAt: string | null; rehearsal: boolean | null; phase: 'draft' | 'scheduled' | 'open' | 'sold-out' | 'paused' | 'ended' | 'closed' | 'archived' | null; live: LiveFigures | null; held: { at: string; actor: string; reason: string | null } | null; issuedPerSecond: number | null }>; refusal: string | null; changes: string | null; storesAt: { redis: string | null; mysql: string | null }; server: { at: string; answersPerSecond: Record<string, number>; p50Ms: number | null; p99Ms: number | null; errorRate: number | null; backlog: number; byCoupon: Record<string, Record<string, number>> } | null; alerts: { source: 'prometheus' | 'server'; at: string; problem: string | null; firing: Array<{ name: string; severity: 'critical' | 'warning' | 'info'; summary: string; runbook: string | null }> } };

export type LiveHistory = { samples: Array<{ at: string; coupons: Record<string, { left: number; issuedPerSecond: number | null; waiting: number }>; answersPerSecond: Record<string, number> | null; p50Ms: number | null; p99Ms: number | null }> };

export interface Operations {
  beginSession: { path: Record<never, never>; query: Record<never, never>; body: { token: string }; answer: { operator: string | null; role: 'viewer' | 'support' | 'operator' | 'admin'; expiresAt: string | null } };
  readSession: { path: Record<never, never>; query: Record<never, never>; body: undefined; answer: { operator: string | null; role: 'viewer' | 'support' | 'operator' | 'admin'; expiresAt: string | null } };
  endSession: { path: Record<never, never>; query: Record<never, never>; body: undefined; answer: Record<string, unknown> };
  readLive: { path: Record<never, never>; query: Record<never, never>; body: undefined; answer: LiveLook | LiveHistory };
  readStatus: { path: Record<never, never>; query: Record<never, never>; body: undefined; answer: Status };
  readClock: { path: Record<never, never>; query: Record<never, never>; body: undefined; answer: { at: string } };
  listAudit: { path: Record<never, never>; query: { limit?: number; before?: number; couponId?: number }; body: undefined; answer: { records: Array<AuditRecord> } };
  readSystem: { path: Record<never, never>; query: Record<never, never>; body: undefined; answer: { at: string; version: string; node: string; grafanaUrl: string | null; redis: { version: string | null; clients: number | null; clientsLimit: number | null; skewMs: number; memoryBytes: number; memoryLimitBytes: number; upSeconds: number } | null; mysql: { version: string | null; clients: number | null; clientsLimit: number | null; skewMs: number; writable: boolean } | null; promises: Array<{ store: 'Redis' | 'MySQL'; name: string; value: string | null; safe: string; verdict: 'safe' | 'unsafe' | 'unknown'; promise: string; runbook: string }> } };
  listSettings: { path: Record<never, never>; query: Record<never, never>; body: undefined; answer: { settings: Array<{ name: string; value: string; origin: 'environment' | 'file' | 'default'; meaning: string }>; grafanaUrl: string | null } };
  listOperators: { path: Record<never, never>; query: Record<never, never>; body: undefined; answer: { file: string | null; operators: Array<{ name: string; role: 'viewer' | 'support' | 'operator' | 'admin' }> } };
  listCoupons: { path: Record<never, never>; query: { limit?: number; before?: number; state?: 'DRAFT' | 'OPEN' | 'PAUSED' | 'CLOSED' | 'ARCHIVED'; name?: string }; body: undefined; answer: { mysql: 'ok' | 'unreachable'; redis: 'ok' | 'unreachable'; coupons: Array<CouponOverview> } };
  createCoupon: { path: Record<never, never>; query: Record<never, never>; body: NewCoupon; answer: { dryRun: true; warnings: Array<'SMALL_FIXED_DISCOUNT' | 'STOCK_MORE_THAN_DOUBLED'>; coupon: { name: string; state: 'DRAFT' | 'OPEN' | 'PAUSED' | 'CLOSED' | 'ARCHIVED'; version: number; totalStock: number; left: number; discountType: 'FIXED' | 'PERCENT'; discountAmount: number; opensAt: string | null; closesAt: string | null; expiresAt: string | null; rehearsal: boolean } } | Coupon };
  readCoupon: { path: { couponId: number }; query: Record<never, never>; body: undefined; answer: { id: number; opensAt: string | null; closesAt: string | null; expiresAt: string | null; name: string | null; state: 'DRAFT' | 'OPEN' | 'PAUSED' | 'CLOSED' | 'ARCHIVED' | null; version: number | null; totalStock: number | null; left: number | null; discountType: 'FIXED' | 'PERCENT' | null; discountAmount: number | null; createdAt: string | null; rehearsal: boolean | null; phase: 'draft' | 'scheduled' | 'open' | 'sold-out' | 'paused' | 'ended' | 'closed' | 'archived' | null; live: LiveFigures | null; held: { at: string; actor: string; reason: string | null } | null; mysql: 'ok' | 'unreachable'; redis: 'ok' | 'unreachable' } };
  editCoupon: { path: { couponId: number }; query: Record<never, never>; body: EditedCoupon; answer: MoveAnswer };
  preloadCoupon: { path: { couponId: number }; query: Record<never, never>; body: { version?: number; reason?: string; dryRun?: boolean }; answer: MoveAnswer };
  pauseCoupon: { path: { couponId: number }; query: Record<never, never>; body: { version?: number; reason?: string; dryRun?: boolean }; answer: { couponId: number; changed: boolean; inEffect: boolean; recorded: boolean; problem?: string; coupon: Coupon | null; dryRun?: true; warnings?: Array<'SMALL_FIXED_DISCOUNT' | 'STOCK_MORE_THAN_DOUBLED'> } };
  pauseAllCoupons: { path: Record<never, never>; query: Record<never, never>; body: { reason?: string; dryRun?: boolean }; answer: { changed: boolean; inEffect: boolean; recorded: boolean; drafts: 'held' | 'waiting' | 'unknown'; coupons: Array<{ couponId: number; changed: boolean; inEffect: boolean; recorded: boolean; problem?: string; held?: true }> } | { dryRun: true; drafts: 'held' | 'waiting'; coupons: Array<{ couponId: number; held?: true }> } };
  resumeCoupon: { path: { couponId: number }; query: Record<never, never>; body: { version?: number; reason?: string; dryRun?: boolean }; answer: MoveAnswer };
  restockCoupon: { path: { couponId: number }; query: Record<never, never>; body: { add?: number; totalStock?: number; version?: number; reason?: string; dryRun?: boolean; intended?: boolean }; answer: MoveAnswer };
  revokeIssuance: { path: { couponId: number }; query: Record<never, never>; body: { userId: UserId; version?: number; reason?: string; dryRun?: boolean }; answer: MoveAnswer };
  closeCoupon: { path: { couponId: number }; query: Record<never, never>; body: { version?: number; reason?: string; dryRun?: boolean; waitSeconds?: number }; answer: { changed: boolean; inEffect: boolean; coupon: Coupon; dryRun?: true; warnings?: Array<'SMALL_FIXED_DISCOUNT' | 'STOCK_MORE_THAN_DOUBLED'>; drained: boolean; backlog: number; deadLetters: number } };
  archiveCoupon: { path: { couponId: number }; query: Record<never, never>; body: { version?: number; reason?: string; dryRun?: boolean }; answer: { changed: boolean; inEffect: boolean; coupon: Coupon; dryRun?: true; warnings?: Array<'SMALL_FIXED_DISCOUNT' | 'STOCK_MORE_THAN_DOUBLED'>; verification: Verification | null } };
  listWinners: { path: { couponId: number }; query: { format?: 'csv' | 'jsonl' | 'excel'; timeZone?: string; after?: number; limit?: number }; body: undefined; answer: string };
  listEvents: { path: Record<never, never>; query: { after?: number; limit?: number }; body: undefined; answer: { events: Array<CouponEvent>; cursor: number; hasMore: boolean } };
  readUser: { path: { userId: UserId }; query: Record<never, never>; body: undefined; answer: { userId: UserId; erased: boolean; coupons: Array<{ couponId: number; userId: UserId; status: 'ISSUED' | 'USED' | 'CANCELLED' | 'EXPIRED' | 'REVOKED' | 'PENDING' | 'DEAD' | 'RESOLVED'; sequence: number; name: string; discountType: 'FIXED' | 'PERCENT'; discountAmount: number; issuedAt: string; persistedAt: string | null; expiredAt: string | null; inRedis: 'absent' | 'holder' | 'revoked' | 'not-holder' | 'incomplete'; revocation: { at: string; by: string; reason: string | null; inEffect: boolean } | null; deadLetter: { id: string; code: string; reason: string } | null }>; more: number } };
  eraseUser: { path: { userId: UserId }; query: Record<never, never>; body: { reason: string; evenOpen?: boolean; dryRun?: boolean }; answer: { pseudonym: UserId | null; coupons: Array<number>; inEffect: boolean } };
  listErasures: { path: Record<never, never>; query: Record<never, never>; body: undefined; answer: { erasures: Array<{ userId: UserId; pseudonym: UserId; requestedAt: string }>; total: number } };
  readHolder: { path: { couponId: number; userId: UserId }; query: Record<never, never>; body: undefined; answer: { couponId: number; userId: UserId; status: 'ISSUED' | 'USED' | 'CANCELLED' | 'EXPIRED' | 'REVOKED' | 'PENDING' | 'DEAD' | 'RESOLVED'; sequence: number; name: string; discountType: 'FIXED' | 'PERCENT'; discountAmount: number; issuedAt: string; persistedAt: string | null; expiredAt: string | null; inRedis: 'absent' | 'holder' | 'revoked' | 'not-holder' | 'incomplete'; revocation: { at: string; by: string; reason: string | null; inEffect: boolean } | null; deadLetter: { id: string; code: string; reason: string } | null } };
  revokeMany: { path: { couponId: number }; query: Record<never, never>; body: { userIds: Array<UserId>; reason: string; dryRun?: boolean }; answer: { changed: boolean; inEffect: boolean; coupon: Coupon; dryRun?: true; warnings?: Array<'SMALL_FIXED_DISCOUNT' | 'STOCK_MORE_THAN_DOUBLED'>; revoked: number; revokedBefore: number; notIssued: Array<number>; notDrained: Array<number>; otherwise: Array<{ userId: UserId; status: string }> } };
  readReport: { path: { couponId: number }; query: Record<never, never>; body: undefined; answer: { at: string; coupon: Coupon; phase: string; totals: { issued: number; open: number; used: number; lapsed: number; revoked: number; pending: number; deadLetters: number; givenUp: number }; faceValue: { issued: number; open: number; used: number; revoked: number } | null; firstIssuedAt: string | null; lastIssuedAt: string | null; peakPerSecond: number; delayMs: { mean: number; max: number } | null; rate: { from: string; stepSeconds: number; counts: Array<number> } | null; refusals: { decided: Record<string, number>; answeredByWorkers: Record<string, number> } | null; verification: Verification } };
  readPeriodReport: { path: Record<never, never>; query: { from: string; to: string }; body: undefined; answer: { from: string; to: string; coupons: Array<{ couponId: number; name: string; discountType: 'FIXED' | 'PERCENT'; issued: number; revoked: number; used: number; lapsed: number; faceValueIssued: number; faceValueUsed: number; faceValueOpen: number }> } };
  rehearseCoupon: { path: { couponId: number }; query: Record<never, never>; body: { users: number; firstUser?: number; duplicates?: boolean }; answer: { id: number; couponId: number; actor: string; users: number; firstUser: number; duplicates: boolean; holdersBefore: number; startedAt: string; endedAt: string | null; state: 'running' | 'done' | 'failed'; progress: string; failure: string | null; result: { proven: boolean; verdict: string; reasons: Array<string>; notes: Array<string>; requests: number; answers: Record<string, number>; users: { granted: number; unknown: number; alreadyIssued: number; refused: number }; firstUserId: number; lastUserId: number; heldBefore: number; settled: { issued: number; notIssued: number; unsettled: number }; answersPerSecond: number; durationMs: number; connectsWithinMs: number; latencyMs: { min: number; p50: number; p90: number; p99: number; max: number } | null; withConnectMs: { min: number; p50: number; p90: number; p99: number; max: number } | null; drain: { rowsAtLastAnswer: number; allRowsAfterMs: number | null; drained: boolean }; violations: Array<{ name: string; count: number; meaning: string; examples: Array<unknown> }>; verification: Verification } | null } };
  listRehearsals: { path: { couponId: number }; query: Record<never, never>; body: undefined; answer: { rehearsals: Array<{ id: number; couponId: number; actor: string; users: number; firstUser: number; duplicates: boolean; holdersBefore: number; startedAt: string; endedAt: string | null; state: 'running' | 'done' | 'failed'; progress: string; failure: string | null; proven: boolean | null }> } };
  readRehearsal: { path: { couponId: number; rehearsalId: number }; query: Record<never, never>; body: undefined; answer: { id: number; couponId: number; actor: string; users: number; firstUser: number; duplicates: boolean; holdersBefore: number; startedAt: string; endedAt: string | null; state: 'running' | 'done' | 'failed'; progress: string; failure: string | null; result: { proven: boolean; verdict: string; reasons: Array<string>; notes: Array<string>; requests: number; answers: Record<string, number>; users: { granted: number; unknown: number; alreadyIssued: number; refused: number }; firstUserId: number; lastUserId: number; heldBefore: number; settled: { issued: number; notIssued: number; unsettled: number }; answersPerSecond: number; durationMs: number; connectsWithinMs: number; latencyMs: { min: number; p50: number; p90: number; p99: number; max: number } | null; withConnectMs: { min: number; p50: number; p90: number; p99: number; max: number } | null; drain: { rowsAtLastAnswer: number; allRowsAfterMs: number | null; drained: boolean }; violations: Array<{ name: string; count: number; meaning: string; examples: Array<unknown> }>; verification: Verification } | null } };
  readRehearsalReport: { path: { couponId: number; rehearsalId: number }; query: Record<never, never>; body: undefined; answer: string };
  verifyCoupon: { path: { couponId: number }; query: { mode?: 'live' | 'final'; examples?: number }; body: undefined; answer: Verification };
  rebuildCoupon: { path: { couponId: number }; query: Record<never, never>; body: { reason?: string; dryRun?: boolean }; answer: { holders: number; sequence: number; restored: number; lost: number } | { dryRun: true; verification: Verification } };
  listDeadLetters: { path: { couponId: number }; query: { limit?: number; after?: string; id?: string }; body: undefined; answer: { letters: Array<DeadLetter> } };
  redriveDeadLetters: { path: { couponId: number }; query: Record<never, never>; body: { ids?: Array<string>; all?: true; dryRun?: boolean }; answer: { sent: number; dryRun?: true } };
  resolveDeadLetters: { path: { couponId: number }; query: Record<never, never>; body: { ids: Array<string>; reason: string; dryRun?: boolean }; answer: { resolved: number; dryRun?: true } };
}

export type Role = 'viewer' | 'support' | 'operator' | 'admin';

/** Method, path, and the least role that may use it (null: no token is needed). */
export const operations: { readonly [Id in keyof Operations]: readonly [string, string, Role | null] } = {
  beginSession: ['POST', '/admin/v1/session', 'viewer'],
  readSession: ['GET', '/admin/v1/session', 'viewer'],
  endSession: ['DELETE', '/admin/v1/session', 'viewer'],
  readLive: ['GET', '/admin/v1/live', 'viewer'],
  readStatus: ['GET', '/admin/v1/status', 'viewer'],
  readClock: ['GET', '/admin/v1/clock', 'viewer'],
  listAudit: ['GET', '/admin/v1/audit', 'support'],
  readSystem: ['GET', '/admin/v1/system', 'viewer'],
  listSettings: ['GET', '/admin/v1/settings', 'operator'],
  listOperators: ['GET', '/admin/v1/operators', 'admin'],
  listCoupons: ['GET', '/admin/v1/coupons', 'viewer'],
  createCoupon: ['POST', '/admin/v1/coupons', 'operator'],
  readCoupon: ['GET', '/admin/v1/coupons/{couponId}', 'viewer'],
  editCoupon: ['PATCH', '/admin/v1/coupons/{couponId}', 'operator'],
  preloadCoupon: ['POST', '/admin/v1/coupons/{couponId}/preload', 'operator'],
  pauseCoupon: ['POST', '/admin/v1/coupons/{couponId}/pause', 'operator'],
  pauseAllCoupons: ['POST', '/admin/v1/pause', 'operator'],
  resumeCoupon: ['POST', '/admin/v1/coupons/{couponId}/resume', 'operator'],
  restockCoupon: ['POST', '/admin/v1/coupons/{couponId}/restock', 'operator'],
  revokeIssuance: ['POST', '/admin/v1/coupons/{couponId}/revoke', 'support'],
  closeCoupon: ['POST', '/admin/v1/coupons/{couponId}/close', 'operator'],
  archiveCoupon: ['POST', '/admin/v1/coupons/{couponId}/archive', 'operator'],
  listWinners: ['GET', '/admin/v1/coupons/{couponId}/winners', 'support'],
  listEvents: ['GET', '/admin/v1/events', 'support'],
  readUser: ['GET', '/admin/v1/users/{userId}', 'support'],
  eraseUser: ['POST', '/admin/v1/users/{userId}/erase', 'admin'],
  listErasures: ['GET', '/admin/v1/erasures', 'admin'],
  readHolder: ['GET', '/admin/v1/coupons/{couponId}/holders/{userId}', 'support'],
  revokeMany: ['POST', '/admin/v1/coupons/{couponId}/revocations', 'support'],
  readReport: ['GET', '/admin/v1/coupons/{couponId}/report', 'viewer'],
  readPeriodReport: ['GET', '/admin/v1/report', 'viewer'],
  rehearseCoupon: ['POST', '/admin/v1/coupons/{couponId}/rehearsals', 'operator'],
  listRehearsals: ['GET', '/admin/v1/coupons/{couponId}/rehearsals', 'support'],
  readRehearsal: ['GET', '/admin/v1/coupons/{couponId}/rehearsals/{rehearsalId}', 'support'],
  readRehearsalReport: ['GET', '/admin/v1/coupons/{couponId}/rehearsals/{rehearsalId}/report', 'support'],
  verifyCoupon: ['GET', '/admin/v1/coupons/{couponId}/verification', 'support'],
  rebuildCoupon: ['POST', '/admin/v1/coupons/{couponId}/rebuild', 'operator'],
  listDeadLetters: ['GET', '/admin/v1/coupons/{couponId}/dead-letters', 'support'],
  redriveDeadLetters: ['POST', '/admin/v1/coupons/{couponId}/dead-letters/redrive', 'operator'],
  resolveDeadLetters: ['POST', '/admin/v1/coupons/{couponId}/dead-letters/resolve', 'admin'],
};
