// The options that describe a coupon, as create and edit take them.
import { InvalidArgumentError } from 'commander';
import type { Redis } from 'ioredis';
import { STOCK_MAX } from '../../coupons/fields.ts';
import type { DiscountType } from '../../store/tables/coupons.ts';
import { integerOption } from '../action.ts';
import { resolveTime, type TimeArgument } from '../times.ts';

export interface Discount {
  readonly discountType: DiscountType;
  readonly discountAmount: number;
}

export interface FieldOptions {
  readonly name?: string;
  readonly stock?: number;
  readonly discount?: Discount;
  readonly opensAt?: TimeArgument;
  readonly closesAt?: TimeArgument;
  readonly expiresAt?: TimeArgument;
}

export const stockOption = integerOption(1, STOCK_MAX);

/** `15%`, or an amount in the currency's smallest unit. */
export function discountOption(text: string): Discount {
  const [, digits, percent] = /^([1-9]\d{0,15})(%?)$/.exec(text) ?? [];
  const discountAmount = Number(digits);
  if (digits === undefined || !Number.isSafeInteger(discountAmount) || (percent && discountAmount > 100)) {
    throw new InvalidArgumentError('It must be a percentage from 1% to 100%, or a positive amount.');
  }
  return { discountType: percent ? 'PERCENT' : 'FIXED', discountAmount };
}

export interface Times {
  readonly opensAt?: Date | null;
  readonly closesAt?: Date | null;
  readonly expiredAt?: Date | null;
}

export async function readTimes(redis: Redis, { opensAt, closesAt, expiresAt }: FieldOptions): Promise<Times> {
  return {
    ...(opensAt ? { opensAt: await resolveTime(redis, opensAt) } : {}),
    ...(closesAt ? { closesAt: await resolveTime(redis, closesAt) } : {}),
    ...(expiresAt ? { expiredAt: await resolveTime(redis, expiresAt) } : {}),
  };
}
