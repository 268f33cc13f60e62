// lua/issue.lua from TypeScript: its arguments, and its reply as a union. The only place that knows its layout.
import type { UserId } from '../user-id.ts';

export interface DecidedReply {
  /** `remembered`: the batch was executed before, and this is what was decided then, at `nowMs`. */
  readonly status: 'decided' | 'remembered';
  readonly nowMs: number;
  readonly firstSequence: number;
  readonly left: number;
  readonly opensAtMs: number;
  /** The history that the decision belongs to (docs/decisions/gate.md); 0: not known. */
  readonly epoch: number;
  readonly codes: string;
  /** Sequence and issuedAt (milliseconds) of each code `r`, in order. */
  readonly replays: readonly number[];
}

export type IssueReply =
  | DecidedReply
  | {
      readonly status: 'stale' | 'late' | 'not-ready' | 'unmanaged';
      readonly nowMs: number;
    };

export interface IssueArguments {
  readonly batchId: number;
  readonly deadlineRedisMs: number;
  readonly outboxRowsMax: number;
  readonly resent: boolean;
  readonly users: readonly UserId[];
  /** Position among the users, from 1, and Idempotency-Key of each user who sent one. */
  readonly keys: readonly (string | number)[];
}

export function issueArguments(args: IssueArguments): (string | number)[] {
  return [
    args.batchId,
    args.deadlineRedisMs,
    args.outboxRowsMax,
    args.resent ? 1 : 0,
    args.users.join(','),
    ...args.keys,
  ];
}

const NO_REPLAYS: readonly number[] = [];
const UNDECIDED = new Set(['stale', 'late', 'not-ready', 'unmanaged']);

/** @throws if the reply is not one of lua/issue.lua: the script and this file have parted. */
export function readIssueReply(raw: unknown, userCount: number): IssueReply {
  if (Array.isArray(raw)) {
    const [status, nowMs, firstSequence, left, opensAtMs, epoch, codes, replays] = raw as unknown[];
    if ((status === 'decided' || status === 'remembered') && typeof codes === 'string' && codes.length === userCount) {
      return {
        status,
        nowMs: Number(nowMs),
        firstSequence: Number(firstSequence),
        left: Number(left),
        opensAtMs: Number(opensAtMs),
        epoch: Number(epoch),
        codes,
        replays: (replays as number[] | undefined) ?? NO_REPLAYS,
      };
    }
    if (UNDECIDED.has(status as string)) return { status, nowMs: Number(nowMs) } as IssueReply;
  }
  throw new Error(`lua/issue.lua answered something unknown: ${JSON.stringify(raw)?.slice(0, 200)}`);
}
