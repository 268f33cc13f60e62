// Coupons: list, read, create, edit.

import { createCoupon, previewCoupon } from '../../coupons/create.ts';
import { editCoupon } from '../../coupons/edit.ts';
import { MoveRefused } from '../../coupons/move.ts';
import { preloadCoupon } from '../../coupons/preload.ts';
import { readOverview, readOverviews } from '../../overview/either-store.ts';
import { couponFieldsJson, couponJson, moveJson, overviewJson } from '../../overview/overview.ts';
import { type Coupon, type CouponState, readCoupon } from '../../store/tables/coupons.ts';
import type { Stores } from '../../stores.ts';
import * as answers from '../answer-schemas.ts';
import { type AdminRoute, route } from '../route.ts';
import * as schemas from '../schemas.ts';
import { type CouponBody, couponProblems, readEdit, readNewCoupon } from './coupon-body.ts';

export async function findCoupon({ database }: Stores, couponId: number): Promise<Coupon> {
  const coupon = await readCoupon(database, couponId);
  if (!coupon) throw noCoupon(couponId);
  return coupon;
}

/** A coupon as it would be made: without what only a made one has. */
async function previewJson(servers: Stores, body: CouponBody, preload: boolean) {
  const { coupon, warnings } = await previewCoupon(servers.database, readNewCoupon(body));
  const times = {
    opensAt: coupon.opensAt ?? null,
    closesAt: coupon.closesAt ?? null,
    expiredAt: coupon.expiredAt ?? null,
  };
  const state: CouponState = preload ? 'OPEN' : 'DRAFT';
  const { rehearsal = false } = coupon;
  const made = { ...coupon, ...times, rehearsal, state, stock: coupon.totalStock, version: preload ? 1 : 0 };
  return { dryRun: true, warnings, coupon: couponFieldsJson(made) };
}

function noCoupon(couponId: number): MoveRefused {
  return new MoveRefused('NOT_FOUND_COUPON', `There is no coupon ${couponId}`);
}

const ONE_STORE =
  'If one of the stores does not answer, it is `unreachable`, and what only that one knows is null. ' +
  'If both answer and differ about the state, `state` is that of ' +
  'MySQL, and `live.state`, by which Redis decides, the other.';

export const couponRoutes: readonly AdminRoute[] = [
  route<undefined, { limit: number; before?: number; state?: CouponState; name?: string }>({
    method: 'GET',
    path: '/admin/v1/coupons',
    operationId: 'listCoupons',
    summary: 'Coupons, newest first',
    description: `${ONE_STORE} Names are known to MySQL only: without it, a search by \`name\` finds nothing.`,
    ownPatience: true,
    query: schemas.couponListQuery,
    answer: answers.couponList,
    problems: ['VALIDATION_FAILED'],
    async handle({ redis, database }, { query: { limit, before, state, name } }) {
      const states = state ? { states: [state] } : {};
      const filter = { limit, ...(before ? { before } : {}), ...states, ...(name === undefined ? {} : { name }) };
      const seen = await readOverviews({ redis, database }, filter);
      return { body: { mysql: seen.mysql, redis: seen.redis, coupons: seen.coupons.map(overviewJson) } };
    },
  }),
  route<CouponBody & { preload?: boolean; dryRun?: boolean }>({
    method: 'POST',
    path: '/admin/v1/coupons',
    operationId: 'createCoupon',
    summary: 'Make a draft',
    description:
      'It is preloaded by itself before it opens (PRELOAD_AHEAD_MINUTES). ' +
      'Without opensAt it waits for preload, and is then open at once.',
    body: schemas.newCoupon,
    answer: answers.coupon,
    status: 201,
    dryRunAnswer: answers.createPreview,
    problems: [
      'UNSUPPORTED_MEDIA_TYPE',
      'VALIDATION_FAILED',
      'OPENS_IN_PAST',
      'EXPIRES_TOO_EARLY',
      'PAYLOAD_TOO_LARGE',
    ],
    moreProblems: couponProblems,
    async handle(servers, { body: { preload = false, dryRun, ...body }, actor }) {
      if (dryRun) return { body: await previewJson(servers, body, preload) };
      const id = await createCoupon(servers.database, readNewCoupon(body), actor);
      if (preload) await preloadCoupon(servers, id, { actor });
      const made = couponJson(await findCoupon(servers, id));
      return { status: 201, body: made, location: `/admin/v1/coupons/${id}` };
    },
  }),
  route({
    method: 'GET',
    path: '/admin/v1/coupons/{couponId}',
    operationId: 'readCoupon',
    summary: 'One coupon, in MySQL and in Redis',
    description: ONE_STORE,
    ownPatience: true,
    answer: answers.shownOverview,
    problems: ['NOT_FOUND_COUPON'],
    async handle(servers, { couponId }) {
      const seen = await readOverview(servers, couponId);
      if (!seen) throw noCoupon(couponId);
      return { body: { ...overviewJson(seen.overview), mysql: seen.mysql, redis: seen.redis } };
    },
  }),
  route<Partial<Omit<CouponBody, 'rehearsal'>> & { version?: number; dryRun?: boolean; intended?: boolean }>({
    method: 'PATCH',
    path: '/admin/v1/coupons/{couponId}',
    operationId: 'editCoupon',
    summary: 'Change a coupon before it opens',
    description: 'Until 5 s before it opens. What is not given stays as it is; null takes a time away.',
    body: schemas.editedCoupon,
    answer: answers.moveAnswer,
    problems: [
      'NOT_FOUND_COUPON',
      'STATE_CONFLICT',
      'VERSION_CONFLICT',
      'BELOW_ISSUED',
      'NOT_READY',
      'UNSUPPORTED_MEDIA_TYPE',
      'VALIDATION_FAILED',
      'OPENS_IN_PAST',
      'EXPIRES_TOO_EARLY',
      'PAYLOAD_TOO_LARGE',
    ],
    moreProblems: couponProblems,
    async handle(servers, { couponId, actor, body: { version, dryRun, intended: _, ...body } }) {
      const order = { couponId, actor, ifVersion: version, dryRun };
      return { body: moveJson(await editCoupon(servers, order, readEdit(body))) };
    },
  }),
];
