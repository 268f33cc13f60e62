// Whether Redis may decide, and what that means for users.
import { isOld, look, stale } from '../../live.ts';
import { Badge } from '../../parts/badge.tsx';
import { Loading } from '../../parts/notice.tsx';
import { Panel } from '../../parts/panel.tsx';
import { linkTo } from '../../route.ts';
import { t, textOf } from '../../texts.ts';

/** Sections of the runbook. */
const HELP = { shut: 'couponrushgateshut', rebuilding: 'couponrushgateshut', unknown: 'couponrushredisdown' } as const;

export function Gate() {
  const seen = look.value?.gate;
  if (seen === undefined) {
    return (
      <Panel title={t('system.gate')}>
        <Loading lines={2} />
      </Panel>
    );
  }
  const gate = isOld('redis') ? 'unknown' : seen;
  const tone = gate === 'open' ? 'good' : 'bad';
  return (
    <Panel title={t('system.gate')} aside={<Badge tone={tone}>{textOf(`frame.gate-${gate}`, gate)}</Badge>}>
      <p>{stale.value ? t('rush.alertsStale') : textOf(`system.gate-${gate}`, gate)}</p>
      {gate === 'open' || stale.value ? null : (
        <p>
          <a href={linkTo('runbook', {}, { alert: HELP[gate] })}>{t('system.gateHelp')}</a>
        </p>
      )}
    </Panel>
  );
}
