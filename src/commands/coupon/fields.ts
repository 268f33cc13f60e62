// The options that describe a coupon, as create and edit take them.
import { InvalidArgumentError } from 'commander';
import { STOCK_MAX } from '../../coupons/fields.ts';
import { CommandFailure, integerOption } from '../action.ts';
import type { AdminClient } from '../admin-client.ts';
import type { Discount } from '../money.ts';
import { resolveTime, type TimeArgument } from '../times.ts';

export interface FieldOptions {
  readonly name?: string;
  readonly stock?: number;
  readonly discount?: Discount;
  readonly opensAt?: TimeArgument;
  readonly closesAt?: TimeArgument;
  readonly expiresAt?: TimeArgument;
  readonly openNow?: boolean;
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
  readonly opensAt?: string | null;
  readonly closesAt?: string | null;
  readonly expiresAt?: string | null;
  readonly openNow?: boolean;
}

export async function readTimes(
  admin: AdminClient,
  { opensAt, closesAt, expiresAt, openNow }: FieldOptions,
): Promise<Times> {
  return {
    ...(openNow ? { openNow } : {}),
    ...(opensAt ? { opensAt: await resolveTime(admin, opensAt) } : {}),
    ...(closesAt ? { closesAt: await resolveTime(admin, closesAt) } : {}),
    ...(expiresAt ? { expiresAt: await resolveTime(admin, expiresAt) } : {}),
  };
}

const TIME_PROBLEM = /\b(opens|closes|expires|expired)At \(([^)]+)\)/g;

/** A refusal in the operator's words: the option, and the time with the offset that was typed. */
export async function inTypedTimes<T>(options: FieldOptions, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    throw new CommandFailure(typedTimes(options, error.message), error.exitCode, error.code);
  }
}

export function typedTimes({ opensAt, closesAt, expiresAt }: FieldOptions, sentence: string): string {
  const given = { opens: opensAt, closes: closesAt, expires: expiresAt, expired: expiresAt };
  return sentence
    .replace(TIME_PROBLEM, (all, name: keyof typeof given, iso: string) => {
      const time = given[name];
      if (!time || !('at' in time) || time.at.toISOString() !== iso) return all;
      return `--${name === 'expired' ? 'expires' : name}-at ${time.typed}`;
    })
    .replace('openNow (--open-now)', '--open-now');
}
