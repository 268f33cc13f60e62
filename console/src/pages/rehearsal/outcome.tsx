// One rehearsal: what happens while it runs, and what it has proven.
import { type Answer, call, urlOf } from '../../api.ts';
import { useLoad, useRereading } from '../../load.ts';
import { Badge } from '../../parts/badge.tsx';
import { Button } from '../../parts/button.tsx';
import { Figure } from '../../parts/figure.tsx';
import { Empty, ErrorNotice, Loading, Notice } from '../../parts/notice.tsx';
import { Panel } from '../../parts/panel.tsx';
import { Table } from '../../parts/table.tsx';
import { serverNowTicking } from '../../server-clock.ts';
import { show } from '../../show.ts';
import { t } from '../../texts.ts';

type Run = Answer<'readRehearsal'>;
type Result = NonNullable<Run['result']>;

const REREAD_MS = 1000;

interface OutcomeProps {
  readonly couponId: number;
  readonly runId: number;
  readonly onAgain: () => void;
}

export function Outcome({ couponId, runId, onAgain }: OutcomeProps) {
  const run = useLoad(
    (signal) => call('readRehearsal', { path: { couponId, rehearsalId: runId }, signal }),
    [couponId, runId],
  );
  const { data, error, reload } = run;
  const runs = data?.state === 'running';
  useRereading(reload, REREAD_MS, runs);
  if (error?.code === 'NOT_FOUND') {
    return (
      <Notice tone="note" title={t('rehearsal.gone')} action={{ text: t('rehearsal.again'), onPress: onAgain }}>
        <p>{error.detail}</p>
      </Notice>
    );
  }
  return (
    <>
      <ErrorNotice error={error} onRetry={reload} />
      {data === undefined && error === null ? <Loading /> : null}
      {data?.state === 'running' ? <Running run={data} /> : null}
      {data && data.state !== 'running' ? <Ended run={data} onAgain={onAgain} /> : null}
    </>
  );
}

function Running({ run }: { readonly run: Run }) {
  const { users, startedAt, actor, progress } = run;
  const seconds = Math.max(0, Math.floor((serverNowTicking() - new Date(startedAt).getTime()) / 1000));
  return (
    <Panel title={t('rehearsal.result')} aside={<Badge tone="accent">{t('rehearsal.runs')}</Badge>} class="outcome">
      <p>{t('rehearsal.runsText', { users, time: show.time(startedAt, 'second'), actor })}</p>
      <div class="progress" aria-hidden="true" />
      <p class="muted" role="status" lang="en">
        {progress}
      </p>
      <Figure label={t('rehearsal.elapsed')} value={show.ms(seconds * 1000)} />
    </Panel>
  );
}

function Ended({ run, onAgain }: { readonly run: Run; readonly onAgain: () => void }) {
  const { id, couponId, users, startedAt, actor, failure, result } = run;
  return (
    <Panel
      title={t('rehearsal.result')}
      class="outcome"
      aside={
        <>
          {result ? (
            <a class="button main" href={urlOf('readRehearsalReport', { couponId, rehearsalId: id })} download>
              {t('rehearsal.download')}
            </a>
          ) : null}
          <Button onPress={onAgain}>{t('rehearsal.again')}</Button>
        </>
      }
    >
      <Verdict result={result} failure={failure} />
      <p class="muted">{t('rehearsal.runsText', { users, time: show.time(startedAt, 'second'), actor })}</p>
      {result ? <Figures result={result} /> : null}
      {result && result.notes.length > 0 ? <Sentences title={t('rehearsal.notes')} items={result.notes} /> : null}
      {result ? <Answers answers={result.answers} /> : null}
    </Panel>
  );
}

/** `role="status"`: read aloud when it ends. The server's reasons are in English. */
function Verdict({ result, failure }: Pick<Run, 'result' | 'failure'>) {
  if (result?.proven) {
    return (
      <div class="verdict good" role="status">
        <p class="verdict-word">{t('rehearsal.proven')}</p>
        <p>{t('rehearsal.provenText')}</p>
      </div>
    );
  }
  return (
    <div class="verdict bad" role="status">
      <p class="verdict-word">{result ? t('rehearsal.notProven') : t('rehearsal.failed')}</p>
      <p>{result ? t('rehearsal.notProvenText') : t('rehearsal.failedText')}</p>
      <ul lang="en">
        {(result ? result.reasons : [failure ?? '']).map((reason) => (
          <li key={reason}>{reason}</li>
        ))}
      </ul>
    </div>
  );
}

function Figures({ result }: { readonly result: Result }) {
  const { users, requests, answersPerSecond, latencyMs, drain } = result;
  return (
    <div class="figures">
      <Figure label={t('rehearsal.requests')} value={show.number(requests)} />
      <Figure label={t('rehearsal.granted')} value={show.number(users.granted)} />
      <Figure label={t('rehearsal.refused')} value={show.number(users.refused)} />
      <Figure label={t('rehearsal.already')} value={show.number(users.alreadyIssued)} />
      <Figure
        label={t('rehearsal.unknown')}
        value={show.number(users.unknown)}
        tone={users.unknown > 0 ? 'note' : undefined}
      />
      <Figure
        label={t('rehearsal.rate')}
        value={show.number(Math.round(answersPerSecond))}
        unit={t('rehearsal.perSecond')}
      />
      <Figure label={t('rehearsal.p50')} value={show.ms(latencyMs?.p50)} />
      <Figure label={t('rehearsal.p99')} value={show.ms(latencyMs?.p99)} />
      <Figure
        label={t('rehearsal.drained')}
        value={drain.allRowsAfterMs === null ? t('rehearsal.notDrained') : show.ms(drain.allRowsAfterMs)}
        tone={drain.allRowsAfterMs === null ? 'bad' : undefined}
      />
    </div>
  );
}

function Sentences({ title, items }: { readonly title: string; readonly items: readonly string[] }) {
  return (
    <Notice tone="note" title={title}>
      <ul lang="en">
        {items.map((item) => (
          <li key={item}>{item}</li>
        ))}
      </ul>
    </Notice>
  );
}

function Answers({ answers }: { readonly answers: Readonly<Record<string, number>> }) {
  const rows = Object.entries(answers).map(([answer, count]) => ({ answer, count }));
  return (
    <Table
      label={t('rehearsal.answers')}
      columns={[
        { name: 'answer', title: t('rehearsal.answer'), kind: 'wide', cell: ({ answer }) => <code>{answer}</code> },
        { name: 'count', title: t('rehearsal.count'), kind: 'digits', cell: ({ count }) => show.number(count) },
      ]}
      rows={rows}
      rowKey={({ answer }) => answer}
      empty={<Empty title={t('rehearsal.failed')} />}
    />
  );
}
