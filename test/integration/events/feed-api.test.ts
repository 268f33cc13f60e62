// GET /admin/v1/events, as a client of it sees it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Ajv } from 'ajv';
import formats from 'ajv-formats';
import { eventList } from '../../../src/admin/answer-schemas.ts';
import { Authentication } from '../../../src/admin/authentication.ts';
import { createAdminServer } from '../../../src/admin/server.ts';
import { preloadCoupon } from '../../../src/coupons/preload.ts';
import { appendCoupon } from '../../../src/events/append.ts';
import { insertRows, newCoupon, numbers, openStores } from '../../support/coupon-stores.ts';

const ajv = new Ajv({ allowUnionTypes: true });
formats.default(ajv, ['date-time']);

interface Page {
  readonly events: readonly { readonly id: number; readonly type: string; readonly sequence: number | null }[];
  readonly cursor: number;
  readonly hasMore: boolean;
}

test('pages of events, from the beginning and from a cursor, and a cursor that is too old', async (t) => {
  const stores = await openStores(t);
  const authentication = new Authentication({ token: 'secret', failuresMax: 1000 });
  const app = createAdminServer({ authentication, servers: stores, openapi: '{}' });
  t.after(() => app.close());
  const ask = (query: string) =>
    app.inject({ url: `/admin/v1/events${query}`, headers: { authorization: 'Bearer secret' } });
  const read = async (query: string): Promise<Page> => {
    const response = await ask(query);
    assert.equal(response.statusCode, 200, response.body);
    assert.ok(ajv.validate(eventList, response.json()), JSON.stringify(ajv.errors));
    return response.json();
  };

  assert.deepEqual(await read(''), { events: [], cursor: 0, hasMore: false });
  const couponId = await newCoupon(stores.database, 100);
  await preloadCoupon(stores, couponId, { actor: 'test' });
  await insertRows(stores.database, couponId, numbers(1, 5));
  await appendCoupon(stores.database, couponId);
  const first = await read('?limit=3');
  assert.deepEqual([first.events.length, first.hasMore], [3, true]);
  const rest = await read(`?after=${first.cursor}`);
  assert.deepEqual(
    [...first.events, ...rest.events].map(({ type, sequence }) => [type, sequence]),
    [...numbers(1, 5).map((sequence) => ['issued', sequence]), ['created', null], ['preloaded', null]],
  );
  assert.deepEqual(await read(`?after=${rest.cursor}`), { events: [], cursor: rest.cursor, hasMore: false });

  await stores.database.execute('UPDATE event_log SET removed_id = ?', [rest.cursor]);
  await stores.database.execute('DELETE FROM event_segment');
  const expired = await ask(`?after=${first.cursor}`);
  assert.deepEqual([expired.statusCode, expired.json().code], [410, 'CURSOR_EXPIRED']);
  for (const wrong of ['?after=-1', '?after=x', '?limit=0', '?limit=1001', '?before=1']) {
    assert.equal((await ask(wrong)).json().code, 'VALIDATION_FAILED', wrong);
  }
});
