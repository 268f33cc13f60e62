import { useState } from 'preact/hooks';
import { Button } from '../../parts/button.tsx';
import { TextField } from '../../parts/field.tsx';
import { t } from '../../texts.ts';
import { typedId } from './address.ts';

interface SearchProps {
  readonly label: string;
  readonly hint?: string;
  readonly value: string;
  /** An address with what was searched for, so that it can be pasted into a chat. */
  readonly addressOf: (userId: string) => string;
}

/** Looks a user up: the address changes, and the page follows it. */
export function UserSearch({ label, hint, value, addressOf }: SearchProps) {
  const [text, setText] = useState(value);
  const userId = typedId(text);
  return (
    <search>
      <form
        class="user-search"
        onSubmit={(event) => {
          event.preventDefault();
          if (userId !== '') location.hash = addressOf(userId);
        }}
      >
        <TextField label={label} hint={hint} type="search" value={text} onInput={setText} maxLength={100} />
        <Button type="submit" unless={userId === '' ? t('user.searchEmpty') : null}>
          {t('user.search')}
        </Button>
      </form>
    </search>
  );
}
