// What the commands of operators share: who they are, the confirmation, and how a move is reported.
import { hostname, userInfo } from 'node:os';
import { createInterface } from 'node:readline/promises';
import type { Config } from '../config.ts';
import type { Warning } from '../coupons/warnings.ts';
import { createLogger } from '../log.ts';
import type { CouponJson } from '../overview/overview.ts';
import type { Stores } from '../stores.ts';
import { CommandFailure, EXIT_FAILED, EXIT_OK, EXIT_USAGE } from './action.ts';
import { namedCoupon } from './coupon/words.ts';
import { withEitherStore } from './either-store.ts';
import { print, printJson, printProgress } from './output.ts';
import { withStores } from './stores.ts';

const OPERATOR_LENGTH_MAX = 64;

/** Who runs the command, as the audit table shows it. */
export function commandActor(): string {
  return `cli ${userAtHost()}`;
}

/** The same as a server may take it, which knows by the token who asks, or has only this claim. */
export function operatorName(): string {
  return userAtHost()
    .replaceAll(/[^\w.@+-]/g, '-')
    .slice(0, OPERATOR_LENGTH_MAX);
}

function userAtHost(): string {
  let user = 'unknown';
  try {
    user = userInfo().username;
  } catch {
    // A container's user may have no name.
  }
  return `${user}@${hostname()}`;
}

/** The stores, as the functions of src/coupons want them. What they log goes to standard error. */
export function withServers<T>(config: Config, work: (servers: Stores) => Promise<T>): Promise<T> {
  const log = createLogger('command', config.logLevel === 'info' ? 'error' : config.logLevel);
  return withStores(config, (stores) => work({ ...stores, log }));
}

/** The same, if one of the stores does not answer as well. */
export function withEitherServer<T>(config: Config, work: (servers: Stores) => Promise<T>): Promise<T> {
  const log = createLogger('command', 'silent');
  return withEitherStore(config, log, (stores) => work({ ...stores, log }));
}

export interface Confirmable {
  readonly yes?: boolean;
}

/** @throws CommandFailure unless --yes is given, or a person at a terminal says yes */
export async function confirm(options: Confirmable, question: string): Promise<void> {
  if (options.yes) return;
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw new CommandFailure(`${question} Repeat it with --yes to do so.`, EXIT_USAGE);
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question(`${question} [y/N] `);
    if (!/^y(es)?$/i.test(answer.trim())) throw new CommandFailure('nothing was changed');
  } finally {
    terminal.close();
  }
}

/** As the admin API answers a pause. */
export interface PauseAnswer {
  readonly changed: boolean;
  readonly inEffect: boolean;
  readonly recorded: boolean;
  /** What is wrong with the coupon in Redis. */
  readonly problem?: string;
}

/**
 * @returns the exit code: 1 if Redis does not have the pause yet. One that MySQL does not have yet works all the same
 */
export function tellPause(options: { json?: boolean }, answer: PauseAnswer, sentence: string): number {
  const { changed, inEffect, recorded } = answer;
  if (options.json) printJson({ ok: inEffect, ...answer });
  else {
    print(changed ? sentence : `${sentence.slice(0, -1)}: nothing had to be changed.`);
    if (!inEffect) printProgress('couponrush: Redis does not have all of it yet: it follows as soon as it answers.');
    if (!recorded) {
      printProgress(
        'couponrush: MySQL does not have it yet: a running server records it as soon as MySQL can be written.',
      );
    }
    if (answer.problem) printProgress(`couponrush: ${answer.problem}`);
  }
  return inEffect ? EXIT_OK : EXIT_FAILED;
}

/** As the admin API answers a move. */
export interface MoveAnswer {
  readonly coupon: CouponJson;
  readonly changed: boolean;
  readonly inEffect: boolean;
  readonly dryRun?: true;
  readonly warnings?: readonly Warning[];
}

/**
 * Prints what came of a move.
 * @param more `done`: false if there is something to wait for; the rest is part of the JSON
 * @returns the exit code: 1 if something is left, or Redis does not have the move yet
 */
export function tellMove(
  options: { json?: boolean },
  outcome: MoveAnswer,
  sentence: string,
  { done = true, ...more }: { readonly done?: boolean } & Readonly<Record<string, unknown>> = {},
): number {
  const { coupon, changed, inEffect } = outcome;
  if (outcome.dryRun) return tellDryRun(options, outcome, more);
  const ok = inEffect && done;
  if (options.json) printJson({ ok, changed, inEffect, ...more, coupon });
  else {
    print(changed ? sentence : `Coupon ${coupon.id} is ${coupon.state}: nothing had to be changed.`);
    if (!inEffect) {
      printProgress('couponrush: MySQL has it, Redis does not yet: it follows by itself as soon as it can be reached.');
    }
  }
  return ok ? EXIT_OK : EXIT_FAILED;
}

function tellDryRun(options: { json?: boolean }, outcome: MoveAnswer, more: object): number {
  const { coupon, changed, warnings } = outcome;
  if (options.json) printJson({ ok: true, dryRun: true, changed, warnings, ...more, coupon });
  else if (!changed) print(`Coupon ${coupon.id} is ${coupon.state}: nothing would have to be changed.`);
  else print(`Nothing is changed. ${namedCoupon(coupon)} would be ${coupon.state}, version ${coupon.version}.`);
  return EXIT_OK;
}
