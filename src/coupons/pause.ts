// Pause and resume: nobody is issued a coupon in between, however many ask. Within Redis it is one field that
// lua/issue.lua reads with each batch, so no request of a later batch is decided by the state before.

import type { Stores } from '../stores.ts';
import { type MoveOutcome, makeMove, type Order } from './move.ts';

export function pauseCoupon(servers: Stores, order: Order): Promise<MoveOutcome> {
  return makeMove(servers, 'pause', order);
}

export function resumeCoupon(servers: Stores, order: Order): Promise<MoveOutcome> {
  return makeMove(servers, 'resume', order);
}
