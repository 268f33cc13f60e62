import { useState } from 'preact/hooks';
import { Choice, TextField } from '../parts/field.tsx';
import { language, ownZone, theme, zone } from '../preferences.ts';
import { show } from '../show.ts';
import { t } from '../texts.ts';

/** Language and theme, and for those who are logged in the time zone. */
export function Choices({ withZone }: { readonly withZone?: boolean }) {
  return (
    <div class="choices">
      <Choice
        label={t('frame.language')}
        value={language.value}
        options={[
          { value: 'en', text: 'English' },
          { value: 'ko', text: '한국어' },
        ]}
        onInput={(value) => {
          language.value = value;
        }}
      />
      <Choice
        label={t('frame.theme')}
        value={theme.value}
        options={[
          { value: 'auto', text: t('frame.themeAuto') },
          { value: 'light', text: t('frame.themeLight') },
          { value: 'dark', text: t('frame.themeDark') },
        ]}
        onInput={(value) => {
          theme.value = value;
        }}
      />
      {withZone ? <ZoneField /> : null}
    </div>
  );
}

function ZoneField() {
  const [text, setText] = useState(zone.value);
  const [problem, setProblem] = useState<string | null>(null);
  const choose = (typed: string) => {
    setText(typed);
    const chosen = zoneNamed(typed);
    setProblem(chosen === null ? t('frame.zoneUnknown') : null);
    if (chosen !== null) zone.value = chosen;
  };
  return (
    <>
      <TextField label={t('frame.zone')} hint={show.zone()} problem={problem} value={text} onInput={choose} />
      <div class="zones">
        {[...new Set([ownZone, 'Asia/Seoul', 'UTC'])].map((name) => (
          <button
            key={name}
            type="button"
            class="button small"
            aria-pressed={zone.value === name}
            onClick={() => choose(name)}
          >
            {name}
          </button>
        ))}
      </div>
    </>
  );
}

/** @returns as the browser spells it; null if it knows no such zone */
function zoneNamed(text: string): string | null {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text.trim() }).resolvedOptions().timeZone;
  } catch {
    return null;
  }
}
