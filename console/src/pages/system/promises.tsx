// Settings of Redis and MySQL that promises rest on: those that break one first, with the way to fix them.
import type { Answer } from '../../api.ts';
import { Badge, type Tone } from '../../parts/badge.tsx';
import { Empty } from '../../parts/notice.tsx';
import { Panel } from '../../parts/panel.tsx';
import { Table } from '../../parts/table.tsx';
import { linkTo } from '../../route.ts';
import { t, textOf } from '../../texts.ts';

type Checked = Answer<'readSystem'>['promises'][number];

const TONES: Readonly<Record<Checked['verdict'], Tone>> = { unsafe: 'bad', unknown: 'note', safe: 'good' };
const ORDER: readonly Checked['verdict'][] = ['unsafe', 'unknown', 'safe'];

export function Promises({ promises }: { readonly promises: readonly Checked[] }) {
  const count = (verdict: Checked['verdict']) => promises.filter((each) => each.verdict === verdict).length;
  const sorted = [...promises].sort((a, b) => ORDER.indexOf(a.verdict) - ORDER.indexOf(b.verdict));
  return (
    <Panel title={t('system.promises')} aside={promises.length === 0 ? null : <Summary {...{ count }} />}>
      <p class="muted">{t('system.promisesText')}</p>
      <Table
        label={t('system.promises')}
        columns={[
          {
            name: 'setting',
            title: t('system.setting'),
            kind: 'wide',
            cell: (each) => <Setting checked={each} />,
          },
          { name: 'value', title: t('system.value'), cell: ({ value }) => <code>{value ?? '?'}</code> },
          {
            name: 'verdict',
            title: t('system.verdict'),
            cell: ({ verdict }) => <Badge tone={TONES[verdict]}>{textOf(`system.verdict-${verdict}`, verdict)}</Badge>,
          },
        ]}
        rows={sorted}
        rowKey={({ store, name }) => `${store} ${name}`}
        empty={<Empty title={t('system.noPromises')} />}
      />
    </Panel>
  );
}

function Summary({ count }: { readonly count: (verdict: Checked['verdict']) => number }) {
  const [unsafe, unknown] = [count('unsafe'), count('unknown')];
  if (unsafe > 0) return <Badge tone="bad">{t('system.someUnsafe', { count: unsafe })}</Badge>;
  if (unknown > 0) return <Badge tone="note">{t('system.someUnknown', { count: unknown })}</Badge>;
  return <Badge tone="good">{t('system.allSafe')}</Badge>;
}

function Setting({ checked }: { readonly checked: Checked }) {
  const { store, name, verdict, safe, promise, runbook } = checked;
  return (
    <>
      <span class="muted">{store}</span> <code>{name}</code>
      {verdict === 'safe' ? null : (
        <p class="promise">
          {t('system.shouldBe', { safe })} {textOf(`system.promise-${name}`, promise)}{' '}
          <a href={linkTo('runbook', {}, { alert: runbook })}>{t('system.fix')}</a>
        </p>
      )}
    </>
  );
}
