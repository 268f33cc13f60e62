// Redis and MySQL as servers: what they are for, whether they answer, and what they hold.
import type { ComponentChildren } from 'preact';
import type { Answer } from '../../api.ts';
import { look } from '../../live.ts';
import { type StoreName, storeAgeMs } from '../../live-look.ts';
import { Badge } from '../../parts/badge.tsx';
import { Notice } from '../../parts/notice.tsx';
import { Panel } from '../../parts/panel.tsx';
import { Time } from '../../parts/time.tsx';
import { serverNowTicking } from '../../server-clock.ts';
import { show } from '../../show.ts';
import { t } from '../../texts.ts';

type SystemAnswer = Answer<'readSystem'>;
type Figures = NonNullable<SystemAnswer['redis'] | SystemAnswer['mysql']>;

/** The midpoint of a question is known no better than this. */
const SKEW_SEEN_MS = 50;
const ANSWERED_NOW_MS = 3000;

export function Stores({ system }: { readonly system: SystemAnswer }) {
  const { redis, mysql, at } = system;
  return (
    <div class="system-stores">
      <Store name="redis" role={t('system.redisRole')} answers={redis !== null} at={at}>
        {redis ? (
          <>
            <Fact name={t('system.memory')}>
              {redis.memoryLimitBytes > 0
                ? t('system.memoryOf', {
                    used: show.bytes(redis.memoryBytes),
                    limit: show.bytes(redis.memoryLimitBytes),
                  })
                : t('system.memoryUnbounded', { used: show.bytes(redis.memoryBytes) })}
            </Fact>
            <Common figures={redis} />
            <Fact name={t('system.since')}>
              <Time at={new Date(new Date(at).getTime() - redis.upSeconds * 1000).toISOString()} distance />
            </Fact>
          </>
        ) : null}
      </Store>
      <Store
        name="mysql"
        role={t('system.mysqlRole')}
        answers={mysql !== null}
        at={at}
        readOnly={mysql !== null && !mysql.writable}
      >
        {mysql ? <Common figures={mysql} /> : null}
      </Store>
    </div>
  );
}

interface StoreProps {
  readonly name: StoreName;
  readonly role: string;
  /** When the page asked last; the live look may be newer. */
  readonly answers: boolean;
  readonly at: string;
  readonly readOnly?: boolean;
  readonly children: ComponentChildren;
}

function Store({ name, role, answers, at, readOnly, children }: StoreProps) {
  const current = look.value;
  const isUp = current ? current[name] === 'ok' : answers;
  const badge = !isUp ? (
    <Badge tone="bad">{t('system.silent')}</Badge>
  ) : readOnly ? (
    <Badge tone="note">{t('system.readOnly')}</Badge>
  ) : (
    <Badge tone="good">{t('system.answers')}</Badge>
  );
  return (
    <Panel title={t(`system.${name}`)} aside={badge}>
      <p class="muted">{role}</p>
      {readOnly ? <Notice tone="note" title={t('system.readOnlyText')} /> : null}
      <dl class="fact-list">
        <Fact name={t('system.lastAnswer')}>
          <LastAnswer name={name} read={answers ? at : null} />
        </Fact>
        {children}
      </dl>
    </Panel>
  );
}

function LastAnswer({ name, read }: { readonly name: StoreName; readonly read: string | null }) {
  const current = look.value;
  const last = current?.storesAt[name] ?? read;
  if (last === null) return <>{t('system.never')}</>;
  const ageMs = current ? storeAgeMs(current, name, serverNowTicking()) : null;
  return <Time at={last} precision="second" distance={ageMs !== null && ageMs > ANSWERED_NOW_MS} />;
}

function Common({ figures }: { readonly figures: Figures }) {
  const { version, clients, clientsLimit, skewMs } = figures;
  return (
    <>
      <Fact name={t('system.clients')}>
        {clientsLimit === null
          ? show.number(clients)
          : t('system.clientsOf', { used: show.number(clients), limit: show.number(clientsLimit) })}
      </Fact>
      <Fact name={t('system.skew')}>{skewText(skewMs)}</Fact>
      <Fact name={t('system.version')}>{version ?? show.number(null)}</Fact>
    </>
  );
}

function skewText(skewMs: number): string {
  if (Math.abs(skewMs) < SKEW_SEEN_MS) return t('system.skewNone');
  const ms = show.ms(Math.abs(skewMs));
  return skewMs > 0 ? t('system.skewAhead', { ms }) : t('system.skewBehind', { ms });
}

function Fact({ name, children }: { readonly name: string; readonly children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
