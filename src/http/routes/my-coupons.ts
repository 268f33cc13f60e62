// GET /api/v2/me/coupons?lastId=&size=: what the user holds, newest first. The cursor is the row's id, so that rows
// which come in meanwhile neither repeat nor hide any.

import { OperationalError } from '../../errors.ts';
import { isId } from '../../ids.ts';
import type { OwnedPages, PageQuery } from '../coupons/owned-pages.ts';
import type { ReadLimit } from '../read-limit.ts';
import type { UserRoute } from '../server.ts';

const SIZE_MAX = 100;
const FIRST_PAGE: PageQuery = { lastId: null, size: 20 };

/** A page of a moment ago is answered at any read load; only asking MySQL counts as a read. */
export function myCouponsRoute(pages: Pick<OwnedPages, 'peek' | 'read'>, reads: ReadLimit): UserRoute {
  return (exchange, userId, query) => {
    const page = query === '' ? FIRST_PAGE : readPage(query);
    if (typeof page === 'string') {
      exchange.problem('BAD_REQUEST', page);
      return;
    }
    const known = pages.peek(userId, page);
    if (known !== null) {
      exchange.json('200 OK', known);
      return;
    }
    return reads.run(exchange, async () => {
      try {
        exchange.json('200 OK', await pages.read(userId, page));
      } catch (error) {
        if (!(error instanceof OperationalError)) throw error;
        exchange.problem('NOT_READY', 'It cannot be known now: ask again');
      }
    });
  };
}

/** @returns the page, or what is wrong with the query */
function readPage(query: string): PageQuery | string {
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
    lastId: lastId === undefined ? FIRST_PAGE.lastId : Number(lastId),
    size: size === undefined ? FIRST_PAGE.size : Number(size),
  };
}
