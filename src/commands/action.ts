// One frame for the action of each command: exit codes, and errors as one sentence.
//   0  done, and what was checked holds
//   1  the check found something, or the command could not do its work
//   2  the command line or the configuration is wrong
import { InvalidArgumentError } from 'commander';
import { type Config, ConfigError, loadConfig } from '../config.ts';
import { MoveRefused } from '../coupons/move.ts';
import { OperationalError } from '../errors.ts';
import { readInteger } from '../ids.ts';
import { isUserId, readStoredUser, USER_ID_MEANING, type UserKey, userIdType, userKey } from '../user-id.ts';
import { printJson } from './output.ts';

export const EXIT_OK = 0;
export const EXIT_FAILED = 1;
export const EXIT_USAGE = 2;

/** An expected failure: its message is the sentence that the user reads. */
export class CommandFailure extends Error {
  readonly exitCode: number;
  /** Stable, of docs/errors.md: what the admin API answered. */
  readonly code: string | undefined;
  constructor(sentence: string, exitCode = EXIT_FAILED, code?: string) {
    super(sentence);
    this.name = 'CommandFailure';
    this.exitCode = exitCode;
    this.code = code;
  }
}

/**
 * Runs the work of a command and sets the exit code of the process. With --json a failure is one JSON object too.
 * @param work returns the exit code
 */
export async function act(
  options: { readonly json?: boolean },
  work: (config: Config) => Promise<number>,
  needs: { readonly mysqlOnly?: boolean } = {},
): Promise<void> {
  try {
    process.exitCode = await work(loadConfig(process.env, needs));
  } catch (error) {
    const { sentence, exitCode, code } = explain(error);
    process.exitCode = exitCode;
    if (options.json) printJson({ ok: false, error: sentence, ...(code ? { code } : {}) });
    else process.stderr.write(`couponrush: ${sentence}\n`);
  }
}

function explain(error: unknown): { sentence: string; exitCode: number; code?: string } {
  if (error instanceof CommandFailure) {
    return { sentence: error.message, exitCode: error.exitCode, ...(error.code && { code: error.code }) };
  }
  if (error instanceof MoveRefused) return { sentence: error.message, exitCode: EXIT_FAILED, code: error.code };
  if (error instanceof ConfigError) return { sentence: error.message, exitCode: EXIT_USAGE };
  if (error instanceof OperationalError) return { sentence: error.message, exitCode: EXIT_FAILED };
  // Not foreseen: a defect of ours. Its stack is what a report needs.
  if (process.env.DEBUG !== undefined && error instanceof Error && error.stack) {
    return { sentence: error.stack, exitCode: EXIT_FAILED };
  }
  return { sentence: error instanceof Error ? error.message : String(error), exitCode: EXIT_FAILED };
}

/** For commander: an integer with bounds, named in the error. */
export function integerOption(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = readInteger(text);
    if (!(value >= min && value <= max)) throw new InvalidArgumentError(`It must be an integer from ${min} to ${max}.`);
    return value;
  };
}

export const idOption = integerOption(1, Number.MAX_SAFE_INTEGER);

/** For commander: a user. */
export function userOption(text: string): UserKey {
  if (!isUserId(text)) throw new InvalidArgumentError(`It must be ${USER_ID_MEANING} (USER_ID_TYPE=${userIdType}).`);
  return userKey(text);
}

/** The same, or the pseudonym of one who was erased. */
export function storedUserOption(text: string): UserKey {
  return readStoredUser(text) ?? userOption(text);
}
