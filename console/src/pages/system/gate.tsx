// Whether Redis may decide, and what that means for users.
import { look } from '../../live.ts';
import { Badge } from '../../parts/badge.tsx';
import { Loading } from '../../parts/notice.tsx';
import { Panel } from '../../parts/panel.tsx';
import { linkTo } from '../../route.ts';
import { t, textOf } from '../../texts.ts';

/** Sections of the runbook. */
const HELP = { shut: 'couponrushgateshut', rebuilding: 'couponrushgateshut', unknown: 'couponrushredisdown' } as const;

export function Gate() {
  const gate = look.value?.gate;
  if (gate === undefined) {
    return (
      <Panel title={t('system.gate')}>
        <Loading lines={2} />
      </Panel>
    );
  }
  const tone = gate === 'open' ? 'good' : 'bad';
  return (
    <Panel title={t('system.gate')} aside={<Badge tone={tone}>{textOf(`frame.gate-${gate}`, gate)}</Badge>}>
      <p>{textOf(`system.gate-${gate}`, gate)}</p>
      {gate === 'open' ? null : (
        <p>
          <a href={linkTo('runbook', {}, { alert: HELP[gate] })}>{t('system.gateHelp')}</a>
        </p>
      )}
    </Panel>
  );
}
