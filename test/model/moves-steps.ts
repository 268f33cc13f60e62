// The model of the move protocol: every step that can be made next. A process that makes none for a while, or never
// again, stands still or is dead: that needs no step. All others are here, in every order.
import {
  applyCoupon,
  beginRebuild,
  type Errors,
  issue,
  isUnagreed,
  load,
  lowerStock,
  MISSING,
  type Process,
  putBack,
  resume,
  type State,
  TYPED,
} from './moves-state.ts';
import { type Add, addPause } from './pause-steps.ts';

export interface Scenario {
  readonly name: string;
  readonly stock: number;
  /** What each operator restocks to (src/coupons/restock.ts). */
  readonly restocks: readonly number[];
  /** How often each may happen: Redis restarts or fails over, an operator types a stock, or asks for a rebuild. */
  readonly failovers?: number;
  readonly typings?: number;
  readonly rebuilds?: number;
  /** An operator pauses once with a MySQL that does not answer, and resumes later. */
  readonly pauses?: boolean;
  /** It is a draft that is preloaded by itself. */
  readonly draft?: boolean;
  /** The coupon was loaded by an earlier version of couponrush. */
  readonly oldMeta?: boolean;
}

export interface Step {
  readonly name: string;
  readonly state: State;
}

/** Steps of a restock, then of a restore. The last process is the reconciler: it begins at `restoring`. */
const at = {
  ready: 0,
  locked: 1,
  synced: 2,
  lowered: 3,
  recorded: 4,
  restoring: 5,
  read: 6,
  differs: 7,
  restored: 8,
  done: 9,
};
/** Steps of a rebuild and of the gate's resume. */
const inRebuild = { idle: 0, locked: 1, advanced: 2, begun: 3, checked: 4, resuming: 5 };
const IDLE: Process = { step: 0, version: 0, total: 0, paused: 0 };

export function firstState(scenario: Scenario): State {
  const { stock, restocks, failovers = 0, typings = 0, rebuilds = 0, oldMeta, pauses, draft } = scenario;
  const total = oldMeta ? MISSING : stock;
  const keys = draft
    ? { loaded: 0, version: 0, total: 0, stock: 0, holders: 0 }
    : { loaded: 1, version: 1, total, stock, holders: 0 };
  const redis = { ...keys, lowering: 0, moved: 0, lock: 0, paused: 0, brake: 0 };
  return {
    ...{ redis, replica: redis, verified: 1, failovers, typings, rebuilds, pause: pauses ? 1 : 0, broken: 0 },
    mysql: { version: 1, total: stock, owner: 0, rows: 0, paused: 0, recorded: 0, draft: draft ? 1 : 0 },
    processes: [...restocks.map(() => IDLE), { ...IDLE, step: at.restoring }],
    rebuild: IDLE,
  };
}

export function stepsFrom(state: State, { restocks }: Scenario, errors: Errors): Step[] {
  const steps: Step[] = [];
  const add = (name: string, next: State | null) => {
    if (next !== null && next !== state) steps.push({ name, state: next });
  };
  add('a user is issued one', issue(state, errors));
  // The insert takes from the coupon's row, so it waits for the process that has it.
  if (state.redis.holders > state.mysql.rows && state.mysql.owner === 0) {
    add('rows are written', { ...state, mysql: { ...state.mysql, rows: state.redis.holders } });
  }
  state.processes.forEach((process, index) => {
    const isReconciler = index === restocks.length;
    const name = isReconciler ? 'reconciler' : `operator ${index + 1}`;
    const [does, next] =
      process.step < at.restoring
        ? restock(state, index, restocks[index] ?? 0, errors)
        : restore(state, index, errors, isReconciler);
    add(`${name} ${does}`, next);
    if (state.mysql.owner === index + 1) add(`${name} loses the row's lock`, release(state, index));
    if (process.step !== at.done && (isReconciler ? process.step > at.restoring : process.step > at.ready)) {
      add(`${name} dies`, end(state, index, isReconciler));
    }
  });
  add('another reconciler restores', restoreAtOnce(state, errors));
  addRebuild(state, add, errors);
  addPause(state, add, errors);
  if (state.typings > 0 && state.redis.loaded) {
    const redis = { ...state.redis, stock: TYPED };
    add('a hand types a stock', { ...state, redis, replica: state.redis, typings: state.typings - 1 });
  }
  if (state.failovers > 0) {
    add('Redis restarts', failOver(state, state.redis));
    add('Redis fails over, without its last write', failOver(state, state.replica));
  }
  return steps;
}

function put(state: State, index: number, process: Process): State {
  return { ...state, processes: state.processes.map((other, n) => (n === index ? process : other)) };
}

function release(state: State, index: number): State {
  return state.mysql.owner === index + 1 ? { ...state, mysql: { ...state.mysql, owner: 0 } } : state;
}

/** A reconciler begins again; an operator is done. */
function end(state: State, index: number, isReconciler: boolean): State {
  return put(release(state, index), index, { ...IDLE, step: isReconciler ? at.restoring : at.done });
}

/** Locks the row and reads it; null: another process has it. */
function lockRow(state: State, index: number, step: number): State | null {
  const { version, total, paused, owner } = state.mysql;
  if (owner !== 0) return null;
  return put({ ...state, mysql: { ...state.mysql, owner: index + 1 } }, index, { step, version, total, paused });
}

/** Commits the next version; null: the lock was lost, and with it the transaction. */
function commit(state: State, index: number, { version, total }: Process, step: number): State | null {
  if (state.mysql.owner !== index + 1) return null;
  const committed = { ...state, mysql: { ...state.mysql, version: version + 1, total, owner: 0 } };
  return put(committed, index, { step, version: version + 1, total, paused: state.mysql.paused });
}

/** src/coupons/restock.ts and move.ts. */
function restock(state: State, index: number, to: number, errors: Errors): [string, State | null] {
  const process = state.processes[index] as Process;
  const failed = () => put(release(state, index), index, { ...IDLE, step: at.restoring });
  switch (process.step) {
    case at.ready:
      return ['locks the row', lockRow(state, index, at.locked)];
    case at.locked:
      // MySQL has a row for each of them, also if Redis has just failed over and knows of fewer.
      if (to < state.mysql.rows) return ['is refused', end(state, index, false)];
      if (to >= process.total) {
        return [
          'records a raise',
          commit(state, index, { ...process, total: to }, at.recorded) ?? end(state, index, false),
        ];
      }
      return ['syncs', put(applyCoupon(state, process, false, errors), index, { ...process, step: at.synced })];
    case at.synced: {
      const lowered = lowerStock(state, process.version, to, errors);
      return ['lowers', lowered ? put(lowered, index, { ...process, step: at.lowered }) : failed()];
    }
    case at.lowered:
      return ['records the lowering', commit(state, index, { ...process, total: to }, at.recorded) ?? failed()];
    default:
      return ['applies', end(applyCoupon(state, process, false, errors), index, false)];
  }
}

/** src/coupons/restore.ts, by the reconciler or by an operator whose lowering failed. */
function restore(state: State, index: number, errors: Errors, isReconciler: boolean): [string, State | null] {
  const process = state.processes[index] as Process;
  const ended = (from: State) => end(from, index, isReconciler);
  switch (process.step) {
    case at.restoring:
      if (errors.noRestore || (isReconciler && !needsCare(state))) return ['waits', null];
      return ['locks the row to restore', lockRow(state, index, at.read)];
    case at.read: {
      if (errors.restoreAtEqualVersion) return ['restores', ended(applyCoupon(state, process, true, errors))];
      if (isUnagreed(state, process))
        return ['finds a difference', put(state, index, { ...process, step: at.differs })];
      return ['finds none', put(release(state, index), index, { ...process, step: at.restored })];
    }
    case at.differs:
      return ['records the restore', commit(state, index, process, at.restored) ?? ended(state)];
    case at.restored:
      return ['applies the restore', ended(applyCoupon(state, process, false, errors))];
    default:
      return ['is done', null];
  }
}

/** src/coupons/reconciler.ts: it looks at a Redis that was compared with MySQL. */
function needsCare(state: State): boolean {
  const { mysql, redis, verified } = state;
  if (!verified || !redis.loaded) return false;
  return redis.version !== mysql.version || redis.total === MISSING || isUnagreed(state, mysql);
}

/** All of a restore in one step: by another persister, while the reconciler of the model may stand still. */
export function restoreAtOnce(state: State, errors: Errors): State | null {
  if (state.mysql.owner !== 0 || errors.noRestore || !needsCare(state)) return null;
  const { version, total, paused } = state.mysql;
  if (errors.restoreAtEqualVersion) return applyCoupon(state, { version, total, paused }, true, errors);
  const next = isUnagreed(state, state.mysql) ? version + 1 : version;
  const moved = { ...state, mysql: { ...state.mysql, version: next } };
  return applyCoupon(moved, { version: next, total, paused }, false, errors);
}

/** A rebuild in one step, while the one of the model may stand still. */
export function rebuildAtOnce(state: State, errors: Errors): State | null {
  if (state.mysql.draft || state.redis.lock || state.mysql.owner !== 0) return null;
  if (state.verified && state.redis.loaded) return null;
  return load(putBack(state, errors), state.mysql, errors);
}

/** The gate in one step: it keeps what is proven. */
export function resumeAtOnce(state: State, errors: Errors): State | null {
  if (state.verified || state.mysql.owner !== 0) return null;
  // Nothing is loaded: nothing has to be compared.
  if (state.mysql.draft) return { ...putBack(state, errors), verified: 1 };
  return resume(putBack(state, errors), state.mysql);
}

/** src/gate/rebuild.ts and gate.ts. */
function addRebuild(state: State, add: Add, errors: Errors): void {
  if (state.mysql.draft) {
    add('the gate opens', resumeAtOnce(state, errors));
    return;
  }
  const { rebuild, redis, mysql, verified, rebuilds } = state;
  const holdsLock = redis.lock === 1;
  const setLock = (lock: number): State => ({ ...state, redis: { ...redis, lock }, replica: redis });
  const interrupted: State = { ...(holdsLock ? setLock(0) : state), rebuild: IDLE };
  const goOn = (from: State | null, step: number): State =>
    from ? { ...from, rebuild: { ...rebuild, step } } : interrupted;
  /** advanceEpoch: it waits for the process that has the row. */
  const advance = (step: number, from = state): State | null => {
    const { version, total, paused } = mysql;
    return mysql.owner === 0 ? { ...from, rebuild: { step, version, total, paused } } : null;
  };
  switch (rebuild.step) {
    case inRebuild.idle:
      if (!verified) add('the gate raises the epoch', advance(inRebuild.resuming, putBack(state, errors)));
      if (redis.lock === 0 && (!verified || !redis.loaded || rebuilds > 0)) {
        const isNeeded = !verified || !redis.loaded;
        const from = verified ? state : putBack(state, errors);
        const redisLocked = { ...from.redis, lock: 1 };
        const locked = {
          ...from,
          redis: redisLocked,
          replica: from.redis,
          rebuilds: isNeeded ? rebuilds : rebuilds - 1,
        };
        add('a rebuild takes its lock', { ...locked, rebuild: { ...IDLE, step: inRebuild.locked } });
      }
      break;
    case inRebuild.resuming: {
      const kept = resume(state, rebuild);
      add('the gate keeps the content, or not', kept ? { ...kept, rebuild: IDLE } : { ...state, rebuild: IDLE });
      break;
    }
    case inRebuild.locked:
      add('the rebuild raises the epoch', advance(inRebuild.advanced));
      break;
    case inRebuild.advanced:
      add('the rebuild closes the coupon', goOn(holdsLock ? beginRebuild(state) : null, inRebuild.begun));
      break;
    case inRebuild.begun:
      add('the rebuild reads the row again', goOn(mysql.version === rebuild.version ? state : null, inRebuild.checked));
      break;
    case inRebuild.checked:
      add('the rebuild opens the coupon', goOn(holdsLock ? load(state, rebuild, errors) : null, inRebuild.idle));
      break;
  }
  if (redis.lock) add("the rebuild's lock expires", setLock(0));
  if (rebuild.step !== inRebuild.idle) add('the rebuild dies', { ...state, rebuild: IDLE });
  add('another gate keeps the content', resumeAtOnce(state, errors));
  add('another gate rebuilds', rebuildAtOnce(state, errors));
}

/** A rebuild's connection never reaches another Redis; what it left of its lock expires. */
function failOver(state: State, content: State['redis']): State {
  const redis = content.lock ? { ...content, lock: 2 } : content;
  return { ...state, redis, replica: redis, verified: 0, failovers: state.failovers - 1, rebuild: IDLE };
}
