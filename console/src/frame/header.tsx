// Always in sight: where one is, whether coupons are issued, how old that is, and the button that stops everything.
import { useEffect, useRef, useState } from 'preact/hooks';
import { useChange } from '../load.ts';
import { route } from '../location.ts';
import { navigation, pages } from '../pages.tsx';
import { Button } from '../parts/button.tsx';
import { ErrorNotice } from '../parts/notice.tsx';
import { linkTo } from '../route.ts';
import { logOut } from '../session.ts';
import { givenName, may, neededRole, session } from '../session-state.ts';
import { t, textOf } from '../texts.ts';
import { Choices } from './choices.tsx';
import { Health } from './health.tsx';
import { StopAll } from './stop-all.tsx';

export function Header() {
  const [stopping, setStopping] = useState(false);
  return (
    <header class="frame-header">
      <div class="frame-row">
        <a class="brand" href={linkTo('events')}>
          <img src="/console/icon.svg" alt="" width="22" height="22" />
          <span>couponrush</span>
        </a>
        <nav aria-label={t('frame.navigation')}>
          {navigation.map((name) => (
            <a key={name} href={linkTo(name)} aria-current={route.value?.page === name ? 'page' : undefined}>
              {t(pages[name].title)}
            </a>
          ))}
        </nav>
        <Health />
        <Button
          kind="stop"
          small
          unless={may('pauseAllCoupons') ? null : t('frame.needsRole', { role: neededRole('pauseAllCoupons') })}
          onPress={() => setStopping(true)}
        >
          {t('frame.stopAll')}
        </Button>
        <Menu />
      </div>
      {stopping ? <StopAll onClose={() => setStopping(false)} /> : null}
    </header>
  );
}

function Menu() {
  const [open, setOpen] = useState(false);
  const change = useChange();
  const holder = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!open) return;
    const leave = (event: Event) => {
      if (!holder.current?.contains(event.target as Node)) setOpen(false);
    };
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== 'Escape') return;
      setOpen(false);
      holder.current?.querySelector('button')?.focus();
    };
    addEventListener('pointerdown', leave);
    addEventListener('keydown', onKey);
    return () => {
      removeEventListener('pointerdown', leave);
      removeEventListener('keydown', onKey);
    };
  }, [open]);
  const current = session.value;
  const name = current?.operator ?? (givenName.value || t('frame.sharedToken'));
  const role = current ? textOf(`frame.role-${current.role}`, current.role) : '';
  return (
    <div class="menu" ref={holder}>
      <button
        type="button"
        class="menu-button"
        aria-expanded={open}
        aria-controls="menu"
        onClick={() => setOpen(!open)}
      >
        <span class="menu-name">{name}</span>
        <span class="unseen">{t('frame.menu')}</span>
        <svg viewBox="0 0 12 12" width="12" height="12" aria-hidden="true">
          <path d="M2 4l4 4 4-4" fill="none" stroke="currentColor" stroke-width="1.6" />
        </svg>
      </button>
      {open ? (
        <div id="menu" class="menu-panel">
          <p class="menu-who">
            <strong>{name}</strong> {role}
          </p>
          <Choices withZone />
          <ErrorNotice error={change.error} />
          <Button busy={change.busy} onPress={() => void change.run(logOut)}>
            {t('frame.logOut')}
          </Button>
        </div>
      ) : null}
    </div>
  );
}
