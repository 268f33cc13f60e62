// The proof: what Redis and MySQL each have, whether they agree, and each check with what to do about a gap.
import { useState } from 'preact/hooks';
import { call } from '../../api.ts';
import type { Verification } from '../../api-types.ts';
import { useLoad } from '../../load.ts';
import { Badge } from '../../parts/badge.tsx';
import { Button } from '../../parts/button.tsx';
import { Choice } from '../../parts/field.tsx';
import { ErrorNotice, Notice } from '../../parts/notice.tsx';
import { Panel } from '../../parts/panel.tsx';
import { type Column, Table } from '../../parts/table.tsx';
import { Time } from '../../parts/time.tsx';
import { may, neededRole } from '../../session-state.ts';
import { show } from '../../show.ts';
import { t, textOf } from '../../texts.ts';
import { type ComparedRow, comparedRows, deadLettersOf, sortedGaps, verdictOf } from './proof.ts';
import { Running } from './running.tsx';

/** A million holders take a minute or more. */
export const LONG_MS = 1_800_000;

interface ProofProps {
  readonly couponId: number;
  /** That of the report; undefined: the report is not read yet. */
  readonly reported: Verification | undefined;
  readonly reportedAt: string | undefined;
}

export function Proof({ couponId, reported, reportedAt }: ProofProps) {
  const [order, setOrder] = useState<{ mode: 'live' | 'final'; count: number }>({ mode: 'live', count: 0 });
  const [chosen, setChosen] = useState<'live' | 'final' | null>(null);
  const mode = chosen ?? reported?.mode ?? 'live';
  const own = useLoad(
    order.count === 0
      ? null
      : async (signal) => {
          const query = { mode: order.mode };
          const made = await call('verifyCoupon', { path: { couponId }, query, signal, withinMs: LONG_MS });
          return { verification: made, at: new Date().toISOString(), over: reportedAt };
        },
    [order],
  );
  // The report that is read again has a newer one.
  const isNewest = own.data !== undefined && own.data.over === reportedAt;
  const ofReport = reported && reportedAt ? { verification: reported, at: reportedAt } : undefined;
  const shown = isNewest ? own.data : ofReport;
  const running = order.count > 0 && own.loading;
  return (
    <Panel
      title={t('after.proof')}
      aside={
        <>
          <Choice
            bare
            label={t('after.mode')}
            value={mode}
            options={[
              { value: 'live', text: t('after.mode-live') },
              { value: 'final', text: t('after.mode-final') },
            ]}
            onInput={setChosen}
          />
          <Button
            small
            busy={running}
            unless={may('verifyCoupon') ? null : t('frame.needsRole', { role: neededRole('verifyCoupon') })}
            onPress={() => setOrder({ mode, count: order.count + 1 })}
          >
            {t('after.verify')}
          </Button>
        </>
      }
    >
      <p class="muted">{t(`after.modeText-${mode}`)}</p>
      {running ? <Running text={t('after.verifying')} /> : null}
      <ErrorNotice error={own.error} />
      {shown ? <Result verification={shown.verification} at={shown.at} /> : null}
    </Panel>
  );
}

function Result({ verification, at }: { readonly verification: Verification; readonly at: string }) {
  const verdict = verdictOf(verification);
  const tone = { agree: 'good', survived: 'note', dead: 'note', gaps: 'bad' } as const;
  return (
    <>
      <Notice tone={tone[verdict]} title={verdictText(verification)}>
        <p>
          {t('after.checked', {
            mode: t(`after.mode-${verification.mode}`),
            duration: show.ms(verification.durationMs),
          })}{' '}
          <Time at={at} precision="second" />
        </p>
      </Notice>
      {verification.possibleLoss.map((loss) => (
        <Notice key={loss.afterSequence} tone="note" title={t('after.possibleLoss')}>
          <p>
            {t(loss.confirmed ? 'after.lossBounds' : 'after.lossAsked', {
              count: loss.numbersMax,
              after: String(loss.afterSequence),
              from: show.time(loss.grantedAfter, 'second'),
              to: show.time(loss.grantedBefore, 'second'),
            })}{' '}
            {loss.reason}
          </p>
        </Notice>
      ))}
      <div class="proof-halves">
        <Table
          label={t('after.compared')}
          columns={comparedColumns()}
          rows={comparedRows(verification)}
          rowKey={({ name }) => name}
          empty={null}
        />
        <Checks gaps={sortedGaps(verification)} />
      </div>
    </>
  );
}

function verdictText(verification: Verification): string {
  const verdict = verdictOf(verification);
  const count = verification.gaps.filter((gap) => gap.count > 0).length;
  if (verdict === 'gaps') return t('after.verdict-gaps', { count });
  if (verdict === 'dead') return t('after.verdict-dead', { count: deadLettersOf(verification.redis) });
  return t(`after.verdict-${verdict}`);
}

function comparedColumns(): Column<ComparedRow>[] {
  const figure = (value: ComparedRow['redis']) => (typeof value === 'number' ? show.number(value) : (value ?? ''));
  return [
    { name: 'what', title: t('after.what'), kind: 'wide', cell: ({ name }) => t(`after.compared-${name}`) },
    { name: 'redis', title: 'Redis', kind: 'digits', cell: ({ redis }) => figure(redis) },
    { name: 'mysql', title: 'MySQL', kind: 'digits', cell: ({ mysql }) => figure(mysql) },
  ];
}

/** Every check, those with a finding first. */
function Checks({ gaps }: { readonly gaps: Verification['gaps'] }) {
  return (
    <ul class="checks" aria-label={t('after.checks')}>
      {gaps.map(({ name, meaning, count, examples }) => (
        <li key={name} class={count > 0 ? 'found' : undefined}>
          <span class="check-mark">
            <Badge tone={count > 0 ? 'bad' : 'good'}>{show.number(count)}</Badge>
          </span>
          <div class="check-row">
            <span>{textOf(`gaps.${name}`, meaning)}</span>
            <code class="muted">{name}</code>
            {count > 0 ? <strong>{textOf(`gaps.${name}-do`, '')}</strong> : null}
            {examples.length > 0 ? <span>{t('after.suchAs', { examples: examples.join(', ') })}</span> : null}
          </div>
        </li>
      ))}
    </ul>
  );
}
