// What the coupon depends on: alerts, the gate, both stores and the processes.
import { ageMs, isOld, look, stale } from '../../live.ts';
import { isStale, storeAgeMs } from '../../live-look.ts';
import { Badge, type Tone } from '../../parts/badge.tsx';
import { Empty } from '../../parts/notice.tsx';
import { Panel } from '../../parts/panel.tsx';
import { linkTo } from '../../route.ts';
import { serverNowTicking } from '../../server-clock.ts';
import { show } from '../../show.ts';
import { t, textOf } from '../../texts.ts';

const TONES: Readonly<Record<string, Tone>> = { critical: 'bad', warning: 'note' };

export function Alerts() {
  const alerts = look.value?.alerts;
  const source = alerts && (alerts.source === 'prometheus' ? t('rush.fromPrometheus') : t('rush.fromServer'));
  return (
    <Panel title={t('rush.alerts')} aside={source}>
      {alerts?.problem ? <p class="muted">{t('rush.prometheusProblem', { problem: alerts.problem })}</p> : null}
      {alerts === undefined ? <p class="muted">{t('frame.connecting')}</p> : null}
      {alerts?.firing.length === 0 ? (
        <p class={stale.value ? 'muted' : undefined}>{stale.value ? t('rush.alertsStale') : t('rush.noAlerts')}</p>
      ) : null}
      <ul class="alerts">
        {alerts?.firing.map((alert) => (
          <li key={alert.name + alert.summary}>
            <Badge tone={TONES[alert.severity] ?? 'quiet'}>
              {textOf(`rush.severity-${alert.severity}`, alert.severity)}
            </Badge>
            <span>
              <strong>{alert.name}</strong> {alert.summary}
              {alert.runbook ? (
                <a class="runbook" href={linkTo('runbook', {}, { alert: alert.runbook.replace(/^#/, '') })}>
                  {t('runbook.title')}
                </a>
              ) : null}
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

export function Surroundings() {
  const current = look.value;
  if (current === null) return <Panel title={t('rush.server')}>{<Empty title={t('frame.connecting')} />}</Panel>;
  const now = serverNowTicking();
  const gate = isOld('redis') ? 'unknown' : current.gate;
  const processes = processesOf(current.processes);
  return (
    <Panel title={t('rush.server')}>
      <dl class="facts">
        <dt>{t('rush.gate')}</dt>
        <dd>
          <Badge tone={gate === 'open' ? 'good' : 'bad'}>{textOf(`rush.gate-${gate}`, gate)}</Badge>
        </dd>
        {(['redis', 'mysql'] as const).map((store) => {
          const age = storeAgeMs(current, store, now);
          const down = current[store] === 'unreachable';
          return (
            <div key={store} class="fact">
              <dt>{store === 'redis' ? 'Redis' : 'MySQL'}</dt>
              <dd>
                <Badge tone={down ? 'bad' : isStale(age) ? 'note' : 'good'}>
                  {down ? t('rush.down') : t('rush.answers')}
                </Badge>
                <span class="muted">
                  {isStale(age) && age !== null ? t('rush.readAgo', { seconds: Math.floor(age / 1000) }) : ''}
                </span>
              </dd>
            </div>
          );
        })}
        <dt>{t('rush.memory')}</dt>
        <dd>{show.bytes(current.redisMemoryBytes)}</dd>
        <dt>{t('rush.processes')}</dt>
        <dd>{processes.length === 0 ? t('phase.unknown') : processes.join(', ')}</dd>
        <dt>{t('rush.age')}</dt>
        <dd>{ageMs.value === null ? '' : t('rush.readAgo', { seconds: Math.floor(ageMs.value / 1000) })}</dd>
      </dl>
    </Panel>
  );
}

/** By kind: `http 1` and `http 2` are two of one kind. */
function processesOf(byTitle: Readonly<Record<string, number>>): readonly string[] {
  const counts = new Map<string, number>();
  for (const [title, count] of Object.entries(byTitle)) {
    const kind = title.replace(/ \d+$/, '');
    counts.set(kind, (counts.get(kind) ?? 0) + count);
  }
  return [...counts].sort().map(([kind, count]) => `${count} × ${kind}`);
}
