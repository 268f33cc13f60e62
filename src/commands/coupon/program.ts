// couponrush coupon …: the life of a coupon, from the command line.
import type { Command } from 'commander';
import { addCreate } from './create.ts';
import { addEdit } from './edit.ts';
import { addHolder } from './holder.ts';
import { addMoves } from './moves.ts';
import { addReport } from './report.ts';
import { addShow } from './show.ts';
import { addWinners } from './winners.ts';

export function addCoupon(program: Command): void {
  const group = program
    .command('coupon')
    .summary('create, watch and move coupons')
    .description(
      'The life of a coupon: DRAFT, OPEN, PAUSED, CLOSED, ARCHIVED. docs/operations.md walks through an event.',
    );
  addCreate(group);
  addShow(group);
  addEdit(group);
  addMoves(group);
  addHolder(group);
  addReport(group);
  addWinners(group);
}
