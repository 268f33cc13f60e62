// A store is down, or the stream is: what that means for the users and for this page, above every page.
import { connected, look, stale } from '../live.ts';
import { Notice } from '../parts/notice.tsx';
import { show } from '../show.ts';
import { t } from '../texts.ts';

export function StoresNotice() {
  const current = look.value;
  if (current === null) return null;
  if (!connected.value && stale.value) {
    return (
      <Notice tone="bad" title={t('frame.disconnectedTitle')}>
        {t('frame.disconnectedText', { time: show.time(current.at, 'second') })}
      </Notice>
    );
  }
  // The reason: that a store is not read is only its consequence.
  if (current.refusal !== null) {
    return (
      <Notice tone="bad" title={t('frame.refusalTitle')}>
        {t('frame.refusalText', { problem: current.refusal })}
      </Notice>
    );
  }
  return (
    <>
      {current.redis === 'unreachable' ? (
        <Notice tone="bad" title={t('frame.redisDown')}>
          {t('frame.redisDownText')} {asOf(current.storesAt.redis)}
        </Notice>
      ) : null}
      {current.mysql === 'unreachable' ? (
        <Notice tone="note" title={t('frame.mysqlDown')}>
          {t('frame.mysqlDownText')} {asOf(current.storesAt.mysql)}
        </Notice>
      ) : null}
    </>
  );
}

function asOf(at: string | null): string {
  return at === null ? t('frame.notRead') : t('frame.asOf', { time: show.time(at, 'second') });
}
