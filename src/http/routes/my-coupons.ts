// GET /api/v2/me/coupons?lastId=&size=: what the user holds, newest first. The cursor is the row's id, so that rows
// which come in meanwhile neither repeat nor hide any.

import { OperationalError } from '../../errors.ts';
import { isId } from '../../ids.ts';
import type { Database } from '../../store/database.ts';
import { listOwned, type OwnedCoupon } from '../../store/tables/issuances.ts';
import type { UserRoute } from '../server.ts';

const SIZE_DEFAULT = 20;
const SIZE_MAX = 100;

export function myCouponsRoute(database: Pick<Database, 'query'>): UserRoute {
  return async (exchange, userId, query) => {
    const page = readPage(query);
    if (typeof page === 'string') {
      exchange.problem('BAD_REQUEST', page);
      return;
    }
    let found: OwnedCoupon[];
    try {
      // One more than asked for shows whether there is a next page.
      found = await listOwned(database, userId, page.lastId, page.size + 1);
    } catch (error) {
      if (!(error instanceof OperationalError)) throw error;
      exchange.problem('NOT_READY', 'It cannot be known now: ask again');
      return;
    }
    const coupons = found.slice(0, page.size);
    const hasNext = found.length > page.size;
    exchange.json('200 OK', JSON.stringify({ coupons, lastId: coupons.at(-1)?.id ?? null, hasNext }));
  };
}

/** @returns the page, or what is wrong with the query */
function readPage(query: string): { lastId: number | null; size: number } | string {
  const parameters = new URLSearchParams(query);
  const [lastId, ...moreLastIds] = parameters.getAll('lastId');
  const [size, ...moreSizes] = parameters.getAll('size');
  if (moreLastIds.length > 0 || (lastId !== undefined && !isId(lastId))) {
    return 'lastId must be one decimal from 1 to 9007199254740991';
  }
  if (moreSizes.length > 0 || (size !== undefined && !(isId(size) && Number(size) <= SIZE_MAX))) {
    return `size must be one decimal from 1 to ${SIZE_MAX}`;
  }
  return {
    lastId: lastId === undefined ? null : Number(lastId),
    size: size === undefined ? SIZE_DEFAULT : Number(size),
  };
}
