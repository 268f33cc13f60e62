// The model of the move protocol: what MySQL and Redis store of one coupon, and what each script of lua/ makes of it.
// Small numbers stand for all: a stock of one to four coupons, users who only count. States are never changed in place.

/** Of what Redis stores as `total`: a meta of an earlier version of couponrush. */
export const MISSING = 9;
/** A stock that an operator typed. */
export const TYPED = 8;

/** The coupon's row. */
export interface Mysql {
  readonly version: number;
  readonly total: number;
  /** Who holds the row's lock: 0 no one, or the place of a process in `processes`, from 1. */
  readonly owner: number;
  /** Rows of users. */
  readonly rows: number;
  readonly paused: number;
  /** 1: the pause of the brake is on record. */
  readonly recorded: number;
  /** 1: not preloaded yet. */
  readonly draft: number;
}

/** The coupon's keys. */
export interface Redis {
  /** 1: it has a stock and a state. */
  readonly loaded: number;
  readonly version: number;
  readonly total: number;
  readonly stock: number;
  readonly holders: number;
  readonly lowering: number;
  readonly moved: number;
  /** 1: the rebuild's; 2: of a holder that is gone. */
  readonly lock: number;
  readonly paused: number;
  /** 1: the mark of a pause that MySQL may not have (lua/brake.lua). */
  readonly brake: number;
}

/** One process that moves or restores, at one of its steps, and what it has read of the row. */
export interface Process {
  readonly step: number;
  readonly version: number;
  readonly total: number;
  readonly paused: number;
}

export interface State {
  readonly mysql: Mysql;
  readonly redis: Redis;
  /** Redis as it was before its last write: what a replica may have. */
  readonly replica: Redis;
  /** 1: the gate has compared this Redis with MySQL. */
  readonly verified: number;
  /** How often this may still happen. */
  readonly failovers: number;
  readonly typings: number;
  readonly rebuilds: number;
  /** 0: no one pauses. 1: an operator may; 2: it was acknowledged, and no one has resumed it; 3: resumed. */
  readonly pause: number;
  /** 1: a coupon was issued in between. */
  readonly broken: number;
  readonly processes: readonly Process[];
  /** The gate, or a rebuild that an operator asked for. */
  readonly rebuild: Process;
}

/** What is planted, to see that the model finds it. */
export interface Errors {
  /** A restore applies the version that Redis has already, instead of one of its own. */
  readonly restoreAtEqualVersion?: boolean;
  /** MySQL never ends the session of a process that stands still. */
  readonly noWaitTimeout?: boolean;
  readonly lowerMayRaise?: boolean;
  /** lua/issue.lua looks at the stock key alone. */
  readonly issueIgnoresTotal?: boolean;
  readonly lowerIgnoresRebuild?: boolean;
  /** Nothing restores what was left by a process that died between lower-stock and its commit. */
  readonly noRestore?: boolean;
  /** lua/load.lua opens what MySQL says is open. */
  readonly loadIgnoresBrake?: boolean;
  /** The same of lua/apply-coupon.lua. */
  readonly applyIgnoresBrake?: boolean;
  /** The mark goes as soon as MySQL has the pause, regardless of what Redis has. */
  readonly releaseTooEarly?: boolean;
  /** Only Redis remembers the mark. */
  readonly nothingRemembered?: boolean;
  /** A pause of everything marks what is loaded, and no drafts. */
  readonly draftsLeftOut?: boolean;
  /** A mark is recorded, as refused, and released while the coupon is a draft. */
  readonly draftsNotHeld?: boolean;
}

export function encode({ mysql, redis, replica, processes, rebuild, ...state }: State): string {
  const { verified, failovers, typings, rebuilds, pause, broken } = state;
  const text = String.fromCharCode(
    ...[mysql.version, mysql.total, mysql.owner, mysql.rows, mysql.paused, mysql.recorded, mysql.draft],
    ...[verified, failovers, typings, rebuilds, pause, broken],
    ...[rebuild.step, rebuild.version, rebuild.total, rebuild.paused],
    ...ofRedis(redis),
  );
  let more = failovers > 0 ? String.fromCharCode(...ofRedis(replica)) : '';
  for (const { step, version, total, paused } of processes) more += String.fromCharCode(step, version, total, paused);
  return text + more;
}

function ofRedis({ loaded, version, total, stock, holders, lowering, moved, lock, paused, brake }: Redis): number[] {
  return [loaded, version, total, stock, holders, lowering, moved, lock, paused, brake];
}

/** How many lua/issue.lua gives out at most. */
export function limitOf({ stock, total }: Redis, { issueIgnoresTotal }: Errors): number {
  return issueIgnoresTotal || total === MISSING ? stock : Math.min(stock, total);
}

function write(state: State, changes: Partial<Redis>): State {
  return { ...state, replica: state.redis, redis: { ...state.redis, ...changes } };
}

/** lua/issue.lua for one user. */
export function issue(state: State, errors: Errors): State | null {
  const { redis, verified } = state;
  if (!verified || !redis.loaded || redis.paused || redis.holders >= limitOf(redis, errors)) return null;
  const issued = write(state, { holders: redis.holders + 1 });
  return state.pause === 2 ? { ...issued, broken: 1 } : issued;
}

/** lua/apply-coupon.lua. `restore`: as it was, for a planted error. */
export function applyCoupon(
  state: State,
  { version, total, paused: inMysql }: Omit<Process, 'step'>,
  restore = false,
  { applyIgnoresBrake }: Errors = {},
): State {
  const { redis } = state;
  if (!redis.loaded) return redis.lock && version > redis.moved ? write(state, { moved: version }) : state;
  if (redis.version < version || (restore && redis.version === version)) {
    const paused = inMysql || (redis.brake && !applyIgnoresBrake) ? 1 : 0;
    return write(state, { version, total, stock: total, lowering: 0, paused });
  }
  if (redis.version === version && redis.total === MISSING) return write(state, { total });
  return state;
}

/** lua/lower-stock.lua; null: it refuses. */
export function lowerStock(state: State, version: number, stock: number, errors: Errors): State | null {
  const { redis } = state;
  if ((redis.lock && !errors.lowerIgnoresRebuild) || !redis.loaded || redis.version !== version) return null;
  if (redis.holders > stock) return null;
  const lower = (present: number) => (errors.lowerMayRaise ? stock : Math.min(present, stock));
  return write(state, { lowering: 1, total: lower(redis.total), stock: lower(redis.stock) });
}

/** lua/begin-rebuild.lua, by who holds the lock. */
export function beginRebuild(state: State): State {
  return write(state, { loaded: 0, stock: 0 });
}

/** lua/load.lua; null: fenced, or more holders than stock. */
export function load(
  state: State,
  { version, total, paused: inMysql }: Omit<Process, 'step'>,
  { loadIgnoresBrake }: Errors = {},
): State | null {
  const { redis, mysql } = state;
  // Who has a row, and who holds one in Redis and in no store, as far as the stock goes (rebuild's restore.ts).
  const holders = Math.max(mysql.rows, Math.min(total, redis.holders));
  if (redis.moved > version || holders > total) return null;
  const paused = inMysql || (redis.brake && !loadIgnoresBrake) ? 1 : 0;
  const changes = { loaded: 1, version, total, stock: total, holders, lowering: 0, moved: 0, lock: 0, paused };
  const loaded = write(state, changes);
  return { ...loaded, verified: 1 };
}

/** lua/resume.lua: whether the content is proven. */
export function resume(state: State, { version, total }: Omit<Process, 'step' | 'paused'>): State | null {
  const { redis, mysql } = state;
  const isSame = redis.version === version && redis.stock === total;
  const isAgreed = redis.total === MISSING || redis.total === total;
  if (!redis.loaded || redis.lock || !isSame || !isAgreed || redis.holders < mysql.rows) return null;
  return { ...write(state, { total }), verified: 1 };
}

/** lua/brake.lua: from now on it is acknowledged. */
export function placeBrake(state: State, { draftsLeftOut }: Errors = {}): State {
  if (state.mysql.draft && draftsLeftOut) return { ...state, pause: 2 };
  const placed = write(state, { brake: 1, ...(state.redis.loaded ? { paused: 1 } : {}) });
  return { ...placed, pause: 2 };
}

/** src/coupons/record-brake.ts: the row and the audit record. Of a draft, the mark waits until it is loaded. */
export function recordBrake(state: State, { draftsNotHeld }: Errors = {}): State {
  const { mysql } = state;
  if (mysql.recorded) return state;
  if (mysql.draft) return draftsNotHeld ? { ...state, mysql: { ...mysql, recorded: 1 } } : state;
  const version = mysql.paused ? mysql.version : mysql.version + 1;
  return { ...state, mysql: { ...mysql, version, paused: 1, recorded: 1 } };
}

/** lua/release-brake.lua, with what MySQL says now; null: Redis has another version. */
export function releaseBrake(state: State, { releaseTooEarly }: Errors): State | null {
  const { redis, mysql } = state;
  if (!redis.brake || !mysql.recorded) return null;
  const isBehind = mysql.draft ? redis.loaded : !redis.loaded || redis.version !== mysql.version;
  if (!releaseTooEarly && isBehind) return null;
  return write(state, { brake: 0, paused: redis.loaded ? mysql.paused : redis.paused });
}

/** src/coupons/brake-keeper.ts: what Redis lost of a pause that MySQL does not have. */
export function putBack(state: State, { nothingRemembered }: Errors): State {
  const { redis, mysql, pause } = state;
  if (nothingRemembered || pause < 2 || redis.brake || mysql.recorded) return state;
  return write(state, { brake: 1, ...(redis.loaded ? { paused: 1 } : {}) });
}

/** The first half of src/coupons/preload.ts: from then on the gate loads the coupon. */
export function preload(state: State): State | null {
  const { mysql, verified } = state;
  if (!mysql.draft || !verified || mysql.owner !== 0) return null;
  return { ...state, mysql: { ...mysql, draft: 0, version: mysql.version + 1 } };
}

/** src/coupons/release-draft.ts: MySQL has the pause and the resume; the mark is still there. */
export function releaseDraft(state: State): State | null {
  const { mysql, redis, pause } = state;
  if (!mysql.draft || !redis.brake || mysql.recorded || mysql.owner !== 0 || pause !== 2) return null;
  return { ...state, mysql: { ...mysql, recorded: 1 }, pause: 3 };
}

/** src/coupons/restore.ts: what Redis has and MySQL never agreed to. */
export function isUnagreed({ redis }: State, { version, total }: Omit<Process, 'step' | 'paused'>): boolean {
  if (!redis.loaded || redis.version < version) return false;
  const differs = redis.total !== MISSING && redis.total !== total;
  return redis.version > version || redis.lowering === 1 || differs || redis.stock > total;
}

/** Redis is what MySQL says, and nothing of a move is under way in either. */
export function isSettled({ mysql, redis, verified }: State): boolean {
  const hasSameStock = redis.total === mysql.total && redis.stock === mysql.total;
  const isSame = redis.version === mysql.version && redis.paused === mysql.paused && hasSameStock;
  return (
    verified === 1 && redis.loaded === 1 && isSame && !redis.brake && !redis.lowering && !redis.lock && !mysql.owner
  );
}
