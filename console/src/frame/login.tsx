import { useState } from 'preact/hooks';
import { useChange } from '../load.ts';
import { Button } from '../parts/button.tsx';
import { TextField } from '../parts/field.tsx';
import { ErrorNotice } from '../parts/notice.tsx';
import { logIn } from '../session.ts';
import { givenName, isOperatorName } from '../session-state.ts';
import { t } from '../texts.ts';
import { Choices } from './choices.tsx';

/** A token for a session. @param bare inside a dialog: without the product around it */
export function Login({ bare }: { readonly bare?: boolean }) {
  const [token, setToken] = useState('');
  const change = useChange();
  const name = givenName.value;
  const nameProblem = name !== '' && !isOperatorName(name) ? t('login.nameProblem') : null;
  const submit = async (event: Event) => {
    event.preventDefault();
    if (token.trim() === '' || nameProblem) return;
    if (await change.run(() => logIn(token.trim()))) setToken('');
  };
  const form = (
    <form onSubmit={(event) => void submit(event)}>
      <TextField
        label={t('login.token')}
        hint={t('login.tokenHint')}
        type="password"
        value={token}
        onInput={setToken}
        autoFocus
      />
      <TextField
        label={t('login.name')}
        hint={t('login.nameHint')}
        problem={nameProblem}
        value={name}
        maxLength={64}
        autoComplete="username"
        onInput={(text) => {
          givenName.value = text;
        }}
      />
      <ErrorNotice error={change.error} />
      <Button
        kind="main"
        type="submit"
        busy={change.busy}
        unless={token.trim() === '' ? t('login.tokenMissing') : null}
      >
        {change.busy ? t('frame.working') : t('login.enter')}
      </Button>
    </form>
  );
  if (bare) return form;
  return (
    <div class="login">
      <p class="brand">
        <img src="/console/icon.svg" alt="" width="28" height="28" /> couponrush
      </p>
      <h1>{t('login.title')}</h1>
      {form}
      <Choices />
    </div>
  );
}
