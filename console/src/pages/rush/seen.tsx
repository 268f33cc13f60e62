// What an operator has in front of them while they decide: a dialog keeps the version that it was opened with, although
// figures go on, so that a change by another operator is noticed.
import { useState } from 'preact/hooks';
import type { ApiError } from '../../api.ts';
import type { CouponOverview } from '../../api-types.ts';
import { useChange } from '../../load.ts';
import { Button } from '../../parts/button.tsx';
import { nameOf } from '../../parts/coupon.tsx';
import { ErrorNotice } from '../../parts/notice.tsx';
import { t } from '../../texts.ts';

export interface Seen {
  readonly coupon: CouponOverview;
  readonly name: string;
  /** For the request; empty if MySQL, which keeps it, does not answer. */
  readonly version: { readonly version?: number };
  readAgain(): Promise<unknown>;
}

export function useSeen(coupon: CouponOverview, read: () => Promise<CouponOverview>): Seen {
  const [seen, setSeen] = useState(coupon);
  return {
    coupon: seen,
    name: nameOf(seen),
    version: seen.version === null ? {} : { version: seen.version },
    readAgain: async () => setSeen(await read()),
  };
}

interface ConflictProps {
  readonly error: ApiError | null;
  readonly seen: Seen;
  /** It was read again: the error is over. */
  readonly onRead?: () => void;
}

/** After a conflict: looks at what the coupon is now. What was typed stays. */
export function Conflict({ error, seen, onRead }: ConflictProps) {
  const change = useChange();
  if (error?.code !== 'VERSION_CONFLICT' && error?.code !== 'STATE_CONFLICT') return null;
  const read = async () => {
    if (await change.run(seen.readAgain)) onRead?.();
  };
  return (
    <>
      <ErrorNotice error={change.error} />
      <div>
        <Button small busy={change.busy} onPress={() => void read()}>
          {t('rush.readAgain')}
        </Button>
      </div>
    </>
  );
}
