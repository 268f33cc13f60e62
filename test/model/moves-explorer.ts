// Looks at every state that the model of the move protocol can reach, breadth first: the first violation that it finds
// has the shortest way to it.
import { type Errors, encode, isSettled, preload, releaseBrake, type State } from './moves-state.ts';
import { firstState, rebuildAtOnce, restoreAtOnce, resumeAtOnce, type Scenario, stepsFrom } from './moves-steps.ts';
import { recordAtOnce } from './pause-steps.ts';

export interface Violation {
  readonly what: string;
  /** The steps that lead to it. */
  readonly way: readonly string[];
}

export interface Exploration {
  readonly states: number;
  readonly steps: number;
  readonly violation: Violation | null;
}

const SETTLED_WITHIN_STEPS = 10;

export function explore(scenario: Scenario, errors: Errors = {}): Exploration {
  const first = firstState(scenario);
  /** By state: its number. The way back is kept by number, which is small. */
  const seen = new Set([encode(first)]);
  const found: { state: State | null; from: number; name: string }[] = [{ state: first, from: -1, name: '' }];
  const wayTo = (index: number): string[] => {
    const way: string[] = [];
    for (let at = index; at > 0; at = found[at]?.from ?? 0) way.unshift(found[at]?.name ?? '');
    return way;
  };
  let steps = 0;
  for (let index = 0; index < found.length; index++) {
    const entry = found[index] as { state: State | null };
    const state = entry.state as State;
    entry.state = null;
    const what = findViolation(state, errors);
    if (what !== null) return { states: seen.size, steps, violation: { what, way: wayTo(index) } };
    for (const next of stepsFrom(state, scenario, errors)) {
      steps += 1;
      const key = encode(next.state);
      if (seen.has(key)) continue;
      seen.add(key);
      found.push({ state: next.state, from: index, name: next.name });
    }
  }
  return { states: seen.size, steps, violation: null };
}

function findViolation(state: State, errors: Errors): string | null {
  const { mysql, redis } = state;
  if (redis.holders > mysql.total) return `${redis.holders} holders, and MySQL allows ${mysql.total}`;
  if (mysql.rows > mysql.total) return `${mysql.rows} rows, and MySQL allows ${mysql.total}`;
  if (state.broken) return 'issued after a pause that was acknowledged, and before its resume';
  const rest = settle(state, errors);
  return isSettled(rest) ? null : `stranded: ${JSON.stringify({ mysql: rest.mysql, redis: rest.redis })}`;
}

/**
 * What becomes of a state in which every process that was under way stands still for good. MySQL ends their sessions,
 * Redis their locks, and the gate and the reconciler of another persister do the rest.
 */
function settle(from: State, errors: Errors): State {
  let state = from;
  for (let step = 0; step < SETTLED_WITHIN_STEPS && !isSettled(state); step++) {
    if (state.mysql.owner !== 0 && !errors.noWaitTimeout) state = { ...state, mysql: { ...state.mysql, owner: 0 } };
    else if (state.redis.lock) state = { ...state, redis: { ...state.redis, lock: 0 } };
    else state = goOn(state, errors) ?? state;
  }
  return state;
}

function goOn(state: State, errors: Errors): State | null {
  const opened = preload(state) ?? resumeAtOnce(state, errors) ?? rebuildAtOnce(state, errors);
  if (opened) return opened;
  const restored = restoreAtOnce(state, errors);
  if (restored && restored !== state) return restored;
  return recordAtOnce(state, errors) ?? releaseBrake(state, errors);
}
