// A coupon, a copy of one, or a series. Nothing is created before it was said in words and checked by the server.
import { useEffect, useState } from 'preact/hooks';
import { call } from '../api.ts';
import { copyOf } from '../coupon-input.ts';
import { useLoad } from '../load.ts';
import { Button } from '../parts/button.tsx';
import { CouponFields } from '../parts/coupon-form.tsx';
import { CheckField, Choice } from '../parts/field.tsx';
import { ErrorNotice, Loading, Notice } from '../parts/notice.tsx';
import { PageHead, Panel } from '../parts/panel.tsx';
import { zone } from '../preferences.ts';
import type { PageProps } from '../route.ts';
import { serverNow } from '../server-clock.ts';
import { t } from '../texts.ts';
import { type Draft, emptyDraft, readDraft } from './create/draft.ts';
import { SeriesFields } from './create/series-fields.tsx';
import { Summary } from './create/summary.tsx';

/** The marks of a name in a series: they stand in the text as values, so that they are not taken for some. */
const MARKS = '{n} {date}';

export function Create({ query }: PageProps) {
  const copied = Number(query.get('copy') ?? Number.NaN);
  const isCopy = Number.isSafeInteger(copied) && copied > 0;
  const source = useLoad(isCopy ? (signal) => call('readCoupon', { path: { couponId: copied }, signal }) : null, [
    copied,
  ]);
  const [draft, setDraft] = useState<Draft | null>(isCopy ? null : emptyDraft);
  const [reviewed, setReviewed] = useState(false);
  const { data } = source;
  useEffect(() => {
    if (!data || data.name === null || data.discountType === null) return;
    const { name, discountType } = data;
    const coupon = {
      ...data,
      name,
      discountType,
      totalStock: data.totalStock ?? 0,
      discountAmount: data.discountAmount ?? 0,
    };
    setDraft({
      ...emptyDraft,
      input: copyOf(coupon, zone.peek(), serverNow()),
      rehearsal: data.rehearsal === true,
    });
  }, [data]);
  const read = draft && readDraft(draft, zone.value);
  return (
    <>
      <PageHead title={t('create.title')}>{isCopy ? t('create.copyOf', { id: copied }) : null}</PageHead>
      <ErrorNotice error={source.error} onRetry={source.reload} />
      {draft === null && source.loading ? <Loading /> : null}
      {draft === null && data?.name === null ? (
        <Notice tone="note" title={t('create.copyAway')} action={{ text: t('frame.retry'), onPress: source.reload }} />
      ) : null}
      {draft !== null && reviewed && read?.planned ? (
        <Summary
          planned={read.planned}
          onBack={() => setReviewed(false)}
          onAgain={() => {
            setDraft(emptyDraft);
            setReviewed(false);
          }}
        />
      ) : null}
      {draft !== null && !reviewed ? (
        <Form draft={draft} onInput={setDraft} onReview={() => setReviewed(true)} />
      ) : null}
    </>
  );
}

interface FormProps {
  readonly draft: Draft;
  readonly onInput: (draft: Draft) => void;
  readonly onReview: () => void;
}

function Form({ draft, onInput, onReview }: FormProps) {
  const [tried, setTried] = useState(false);
  const set = (change: Partial<Draft>) => onInput({ ...draft, ...change });
  const { planned, problems, seriesProblems } = readDraft(draft, zone.value);
  const isSeries = draft.what === 'series';
  const submit = (event: Event) => {
    event.preventDefault();
    setTried(true);
    if (planned !== null) onReview();
  };
  return (
    <Panel title={t('create.what')} class="create">
      <form onSubmit={submit} noValidate>
        <Choice
          label={t('create.what')}
          bare
          value={draft.what}
          options={[
            { value: 'one', text: t('create.one') },
            { value: 'series', text: t('create.series') },
          ]}
          onInput={(what) => set({ what })}
        />
        <CouponFields
          input={draft.input}
          problems={tried ? problems : {}}
          onInput={(input) => set({ input })}
          withoutTimes={isSeries}
          withoutOpening={draft.openNow}
          nameHint={isSeries ? t('create.seriesNameHint', { marks: MARKS }) : t('create.nameHint')}
        />
        {isSeries ? (
          <SeriesFields
            series={draft.series}
            problems={tried ? seriesProblems : {}}
            onInput={(series) => set({ series })}
          />
        ) : (
          <CheckField label={t('create.openNow')} value={draft.openNow} onInput={(openNow) => set({ openNow })} />
        )}
        {draft.openNow && !isSeries ? null : (
          <CheckField label={t('create.load')} value={draft.load} onInput={(load) => set({ load })} />
        )}
        <div>
          <Button kind="main" type="submit">
            {t('create.review')}
          </Button>
        </div>
      </form>
    </Panel>
  );
}
