import { Choice, TextField } from '../../parts/field.tsx';
import { COUNT_MAX } from '../../series.ts';
import { show } from '../../show.ts';
import { t } from '../../texts.ts';
import type { SeriesInput, SeriesProblems } from './draft.ts';

interface SeriesFieldsProps {
  readonly series: SeriesInput;
  readonly problems: SeriesProblems;
  readonly onInput: (series: SeriesInput) => void;
}

export function SeriesFields({ series, problems, onInput }: SeriesFieldsProps) {
  const set = (change: Partial<SeriesInput>) => onInput({ ...series, ...change });
  const problem = (field: keyof SeriesInput) => {
    const found = problems[field];
    if (!found) return null;
    return found === 'problemCount' ? t('create.problemCount', { max: COUNT_MAX }) : t(`create.${found}`);
  };
  return (
    <>
      <div class="fields">
        <TextField
          label={t('create.first')}
          type="datetime-local"
          value={series.firstOpens}
          problem={problem('firstOpens')}
          onInput={(firstOpens) => set({ firstOpens })}
        />
        <Choice
          label={t('create.every')}
          value={series.every}
          options={[
            { value: 'daily', text: t('create.daily') },
            { value: 'weekly', text: t('create.weekly') },
          ]}
          onInput={(every) => set({ every })}
        />
        <TextField
          label={t('create.count')}
          hint={t('create.countHint', { max: COUNT_MAX })}
          value={series.count}
          problem={problem('count')}
          numeric
          onInput={(count) => set({ count })}
        />
      </div>
      <div class="fields">
        <TextField
          label={t('create.duration')}
          hint={t('create.durationHint')}
          unit={t('create.minutes')}
          value={series.openMinutes}
          problem={problem('openMinutes')}
          numeric
          onInput={(openMinutes) => set({ openMinutes })}
        />
        <TextField
          label={t('create.usableFor')}
          hint={t('create.usableForHint')}
          unit={t('create.days')}
          value={series.usableDays}
          problem={problem('usableDays')}
          numeric
          onInput={(usableDays) => set({ usableDays })}
        />
      </div>
      <p class="hint">{t('create.zoneHint', { zone: show.zone() })}</p>
    </>
  );
}
