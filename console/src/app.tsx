// The frame around every page: login, header, navigation, and the page that the address names.
import { useEffect, useRef } from 'preact/hooks';
import { Header } from './frame/header.tsx';
import { Login } from './frame/login.tsx';
import { StoresNotice } from './frame/stores-notice.tsx';
import { useChange } from './load.ts';
import { route } from './location.ts';
import { pages } from './pages.tsx';
import { Dialog } from './parts/dialog.tsx';
import { ErrorNotice, Loading, NotAllowed } from './parts/notice.tsx';
import { PageHead } from './parts/panel.tsx';
import { language } from './preferences.ts';
import { linkTo } from './route.ts';
import { findSession } from './session.ts';
import { ended, may, session } from './session-state.ts';
import { t } from './texts.ts';

export function App() {
  const asking = useChange();
  const ask = () => asking.run(findSession);
  useEffect(() => {
    void ask();
  }, []);
  if (session.value === undefined) {
    return (
      <main class="alone">
        {asking.error ? <ErrorNotice error={asking.error} onRetry={ask} /> : <Loading lines={1} />}
      </main>
    );
  }
  if (session.value === null && !ended.value) {
    return (
      <main class="alone">
        <Login />
      </main>
    );
  }
  return (
    <>
      <button type="button" class="skip" onClick={skip}>
        {t('frame.skip')}
      </button>
      <Header />
      <main id="main" tabIndex={-1}>
        <StoresNotice />
        <CurrentPage />
      </main>
      {ended.value ? (
        <Dialog title={t('login.ended')}>
          <p class="dialog-text">{t('login.endedText')}</p>
          <Login bare />
        </Dialog>
      ) : null}
    </>
  );
}

/** Not a link: the address of the page stands behind the #. */
function skip(): void {
  document.getElementById('main')?.focus();
}

function CurrentPage() {
  const current = route.value;
  const first = useRef(true);
  const page = current && pages[current.page];
  const title = page ? t(page.title) : t('frame.noPage');
  const place = current === null ? '' : `${current.page} ${Object.values(current.params).join('/')}`;
  // Another page: its title, its top, and the focus on it
  useEffect(() => {
    document.title = `${title} · couponrush`;
    if (!first.current) {
      scrollTo(0, 0);
      document.querySelector<HTMLElement>('#main h1')?.focus();
    }
    first.current = false;
  }, [place, language.value]);
  if (!current || !page) {
    return (
      <PageHead title={title}>
        <a href={linkTo('events')}>{t('frame.toEvents')}</a>
      </PageHead>
    );
  }
  // During a new login the page stays, with all that was typed.
  if (session.value && !may(page.needs)) {
    return (
      <>
        <PageHead title={title} />
        <NotAllowed operation={page.needs} />
      </>
    );
  }
  const Component = page.component;
  return <Component key={place} params={current.params} query={current.query} />;
}
