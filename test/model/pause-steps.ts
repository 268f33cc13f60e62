// The model of the move protocol: the steps of a pause, its record and its resume, of a coupon or a draft.
import {
  type Errors,
  placeBrake,
  preload,
  recordBrake,
  releaseBrake,
  releaseDraft,
  type State,
} from './moves-state.ts';

export type Add = (name: string, next: State | null) => void;

/** src/coupons/pause.ts and brake-keeper.ts; null: nothing to do. A persister has remembered it by then. */
export function addPause(state: State, add: Add, errors: Errors): void {
  const { mysql, pause } = state;
  if (pause === 0) return;
  add('the draft is preloaded', preload(state));
  if (pause === 1) add('an operator pauses', placeBrake(state, errors));
  add('the pause is recorded', recordAtOnce(state, errors));
  add('the mark is released', releaseBrake(state, errors));
  add('an operator resumes the draft', releaseDraft(state));
  if (pause === 2 && mysql.recorded && !mysql.draft && mysql.owner === 0) {
    const resumed = { ...mysql, version: mysql.version + 1, paused: 0 };
    add('an operator resumes', { ...state, mysql: resumed, pause: 3 });
  }
}

export function recordAtOnce(state: State, errors: Errors): State | null {
  const { mysql, redis } = state;
  return redis.brake && !mysql.recorded && mysql.owner === 0 ? recordBrake(state, errors) : null;
}
