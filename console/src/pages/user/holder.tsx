// What became of one user's coupon, in the order in which it happened.
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { Answer } from '../../api.ts';
import { Badge, type Tone } from '../../parts/badge.tsx';
import { Button } from '../../parts/button.tsx';
import { discountOf } from '../../parts/coupon.tsx';
import { Time } from '../../parts/time.tsx';
import { UserLink } from '../../parts/user-link.tsx';
import { linkTo } from '../../route.ts';
import { may, neededRole } from '../../session-state.ts';
import { show } from '../../show.ts';
import { t, textOf } from '../../texts.ts';
import { RevokeOne } from './revoke.tsx';

export type Holder = Answer<'readHolder'>;

const TONES: Readonly<Record<string, Tone>> = {
  ISSUED: 'good',
  USED: 'accent',
  PENDING: 'note',
  DEAD: 'bad',
  REVOKED: 'bad',
};

export function StatusBadge({ status }: { readonly status: string }) {
  return <Badge tone={TONES[status] ?? 'quiet'}>{textOf(`user.status-${status}`, status)}</Badge>;
}

interface CardProps {
  readonly holder: Holder;
  /** Not on the page of the user themselves. */
  readonly withUser?: boolean;
  /** After a change: what is shown is read again. */
  readonly onChanged: () => void;
}

export function HolderCard({ holder, withUser, onChanged }: CardProps) {
  const [revoking, setRevoking] = useState(false);
  const { couponId, userId, name, sequence, status } = holder;
  return (
    <article class="panel holder">
      <div class="panel-head">
        <h2>
          <a href={linkTo('after', { couponId })}>{name}</a> <span class="muted">#{couponId}</span>
        </h2>
        <div class="panel-aside">
          <StatusBadge status={status} />
          {status === 'ISSUED' ? (
            <Button
              small
              kind="stop"
              unless={may('revokeIssuance') ? null : t('frame.needsRole', { role: neededRole('revokeIssuance') })}
              onPress={() => setRevoking(true)}
            >
              {t('user.revoke')}
            </Button>
          ) : null}
        </div>
      </div>
      <p>{textOf(`user.statusText-${status}`, '')}</p>
      <dl class="user-facts">
        {withUser ? (
          <Pair name={t('user.userId')}>
            <UserLink userId={userId} />
          </Pair>
        ) : null}
        <Pair name={t('user.sequence')}>{show.number(sequence)}</Pair>
        <Pair name={t('user.discount')}>{discountOf(holder)}</Pair>
        {holder.expiredAt === null ? null : (
          <Pair name={t('user.useBy')}>
            <Time at={holder.expiredAt} distance />
          </Pair>
        )}
        <Pair name={t('user.inRedis')}>{textOf(`user.inRedis-${holder.inRedis}`, holder.inRedis)}</Pair>
      </dl>
      <Steps holder={holder} />
      {revoking ? <RevokeOne holder={holder} onClose={() => setRevoking(false)} onDone={onChanged} /> : null}
    </article>
  );
}

function Pair({ name, children }: { readonly name: string; readonly children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Steps({ holder }: { readonly holder: Holder }) {
  const { issuedAt, persistedAt, revocation, deadLetter, status } = holder;
  return (
    <ol class="dots steps">
      <li>
        <Time at={issuedAt} precision="millisecond" />
        <span>
          {t('user.stepIssued')} <span class="muted">{show.distance(issuedAt)}</span>
        </span>
      </li>
      {persistedAt ? (
        <li>
          <Time at={persistedAt} precision="millisecond" />
          <span>{t('user.stepPersisted', { delay: delayOf(issuedAt, persistedAt) })}</span>
        </li>
      ) : null}
      {status === 'REVOKED' && revocation === null ? <li class="bad">{t('user.revokedElsewhere')}</li> : null}
      {revocation ? (
        <li class="bad">
          <Time at={revocation.at} precision="millisecond" />
          <span>
            {t('user.stepRevoked', { by: revocation.by })}{' '}
            {revocation.reason ? t('user.because', { reason: revocation.reason }) : t('user.noReason')}
            {revocation.inEffect ? null : ` ${t('user.notInEffect')}`}{' '}
            <span class="muted">{show.distance(revocation.at)}</span>
          </span>
        </li>
      ) : null}
      {deadLetter ? (
        <li class="bad">
          {t('user.stepDead', { code: deadLetter.code })} {deadLetter.reason}
        </li>
      ) : null}
    </ol>
  );
}

function delayOf(from: string, to: string): string {
  return show.ms(new Date(to).getTime() - new Date(from).getTime());
}
