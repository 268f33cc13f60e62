// A move that is tried first: if it is a likely mistake, the operator is asked. Then exactly what was checked is done,
// or nothing.
import type { Confirmable, MoveAnswer } from '../operator.ts';
import { confirmUnusual } from './slips.ts';

interface Options extends Confirmable {
  readonly dryRun?: boolean;
}

/**
 * @param ask sends the move, with more fields in its body
 * @param words of what would be done
 * @returns what came of it, or of the dry run if that is all that is wanted
 * @throws CommandFailure, VERSION_CONFLICT too if the coupon was moved while the operator was asked
 */
export async function askedFirst(
  options: Options,
  ask: (more: object) => Promise<MoveAnswer>,
  words: (preview: MoveAnswer) => string,
): Promise<MoveAnswer> {
  if (options.yes && !options.dryRun) return ask({});
  // Refused, it is as if the move itself had been: it is recorded.
  const preview = await ask({ dryRun: true, ...(options.dryRun ? {} : { intended: true }) });
  const warnings = preview.warnings ?? [];
  if (options.dryRun || warnings.length === 0) return options.dryRun ? preview : ask({});
  await confirmUnusual(options, { warnings }, words(preview));
  return ask({ version: preview.coupon.version - 1 });
}
