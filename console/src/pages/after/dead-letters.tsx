// Dead letters: coupons that were issued, and that MySQL refused. They are sent back, or given up with a reason.
import { useState } from 'preact/hooks';
import { call } from '../../api.ts';
import type { DeadLetter } from '../../api-types.ts';
import { Button } from '../../parts/button.tsx';
import { Empty, Notice } from '../../parts/notice.tsx';
import { Panel } from '../../parts/panel.tsx';
import type { Column } from '../../parts/table.tsx';
import { Time } from '../../parts/time.tsx';
import { UserLink } from '../../parts/user-link.tsx';
import { may, neededRole } from '../../session-state.ts';
import { show } from '../../show.ts';
import { t } from '../../texts.ts';
import { LetterMove, type LetterOrder } from './letter-move.tsx';
import { PAGE_ROWS, useMore } from './more.ts';
import { MoreListing } from './more-listing.tsx';

interface LettersProps {
  readonly couponId: number;
  /** Read again if this changes. */
  readonly moved: number;
  readonly onChanged: () => void;
}

export function DeadLetters(props: LettersProps) {
  if (may('listDeadLetters')) return <Letters {...props} />;
  return <Panel title={t('after.deadLetters')} needs="listDeadLetters" />;
}

function Letters({ couponId, moved, onChanged }: LettersProps) {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [order, setOrder] = useState<LetterOrder | null>(null);
  const [done, setDone] = useState<string | null>(null);
  const list = useMore<DeadLetter>(
    async (last, signal) => {
      const query = { limit: PAGE_ROWS, ...(last ? { after: last.id } : {}) };
      return (await call('listDeadLetters', { path: { couponId }, query, ...(signal ? { signal } : {}) })).letters;
    },
    [couponId, moved],
  );
  const ids = [...chosen];
  const choose = (id: string, on: boolean) => setChosen(new Set(on ? [...ids, id] : ids.filter((each) => each !== id)));
  return (
    <Panel title={t('after.deadLetters')} aside={list.rows?.length ? <Actions ids={ids} onOrder={setOrder} /> : null}>
      <p class="muted">{t('after.deadLettersText')}</p>
      {done ? <Notice tone="good" title={done} /> : null}
      <MoreListing
        list={list}
        label={t('after.deadLetters')}
        columns={columns(chosen, choose)}
        rowKey={({ id }) => id}
        empty={<Empty title={t('after.noDeadLetters')} />}
      />
      {order ? (
        <LetterMove
          couponId={couponId}
          order={order}
          onClose={() => setOrder(null)}
          onDone={(text) => {
            setOrder(null);
            setDone(text);
            setChosen(new Set());
            onChanged();
          }}
        />
      ) : null}
    </Panel>
  );
}

interface ActionsProps {
  readonly ids: readonly string[];
  readonly onOrder: (order: LetterOrder) => void;
}

function Actions({ ids, onOrder }: ActionsProps) {
  const lacking = (id: 'redriveDeadLetters' | 'resolveDeadLetters') =>
    may(id) ? null : t('frame.needsRole', { role: neededRole(id) });
  const noneChosen = ids.length === 0 ? t('after.chooseLetters') : null;
  return (
    <>
      <Button small unless={lacking('redriveDeadLetters')} onPress={() => onOrder({ kind: 'redrive', ids: null })}>
        {t('after.redriveAll')}
      </Button>
      <Button
        small
        unless={lacking('redriveDeadLetters') ?? noneChosen}
        onPress={() => onOrder({ kind: 'redrive', ids })}
      >
        {t('after.redriveChosen', { count: ids.length })}
      </Button>
      <Button
        small
        kind="stop"
        unless={lacking('resolveDeadLetters') ?? noneChosen}
        onPress={() => onOrder({ kind: 'resolve', ids })}
      >
        {t('after.resolveChosen', { count: ids.length })}
      </Button>
    </>
  );
}

function columns(
  chosen: ReadonlySet<string>,
  choose: (id: string, on: boolean) => void,
): readonly Column<DeadLetter>[] {
  return [
    {
      name: 'choose',
      title: t('after.choose'),
      cell: ({ id, sequence }) => (
        <input
          type="checkbox"
          aria-label={t('after.chooseLetter', { number: String(sequence ?? id) })}
          checked={chosen.has(id)}
          onChange={(event) => choose(id, event.currentTarget.checked)}
        />
      ),
    },
    { name: 'sequence', title: t('after.number'), kind: 'digits', cell: ({ sequence }) => show.number(sequence) },
    {
      name: 'user',
      title: t('user.userId'),
      cell: ({ userId }) => (userId === null ? '–' : <UserLink userId={userId} />),
    },
    {
      name: 'reason',
      title: t('after.refusedBecause'),
      kind: 'wide',
      cell: ({ code, reason, raw }) => (
        <div class="check-row">
          <span>
            <code>{code}</code> {reason}
          </span>
          {raw === null ? null : <code class="muted">{raw}</code>}
        </div>
      ),
    },
    { name: 'attempts', title: t('after.attempts'), kind: 'digits', cell: ({ attempts }) => show.number(attempts) },
    { name: 'at', title: t('after.refusedAt'), kind: 'digits', cell: ({ at }) => <Time at={at} precision="second" /> },
  ];
}
