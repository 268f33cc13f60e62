// The coupons of many users, from a file: a dry run of all of it first, then batch by batch.
import { useState } from 'preact/hooks';
import { call, callLines } from '../../api.ts';
import type { UserId } from '../../api-types.ts';
import { useChange } from '../../load.ts';
import { Button } from '../../parts/button.tsx';
import { TextField } from '../../parts/field.tsx';
import { ErrorNotice, Notice } from '../../parts/notice.tsx';
import { Panel } from '../../parts/panel.tsx';
import { may } from '../../session-state.ts';
import { show } from '../../show.ts';
import { t } from '../../texts.ts';
import { addAnswer, noneRevoked, type Revoked } from './revoked.ts';
import { batchesOf, parseUserList, type UserList } from './user-list.ts';

interface RevokeListProps {
  readonly couponId: number;
  readonly onChanged: () => void;
}

interface Chosen {
  readonly name: string;
  readonly list: UserList;
}

const BAD_SHOWN = 3;

export function RevokeList({ couponId, onChanged }: RevokeListProps) {
  const [chosen, setChosen] = useState<Chosen | null>(null);
  const [reason, setReason] = useState('');
  const [done, setDone] = useState(0);
  const [plan, setPlan] = useState<Revoked | null>(null);
  const [result, setResult] = useState<Revoked | null>(null);
  const change = useChange();
  if (!may('revokeMany')) return null;
  const read = (file: File | undefined) =>
    change.run(async () => {
      setPlan(null);
      setResult(null);
      setDone(0);
      setChosen(null);
      if (file) setChosen({ name: file.name, list: parseUserList(await file.text(), await idType(couponId)) });
    });
  const send = async (dryRun: boolean): Promise<Revoked> => {
    let total = noneRevoked;
    setDone(0);
    for (const userIds of batchesOf(chosen?.list.userIds ?? [])) {
      const body = { userIds, reason: reason.trim(), dryRun };
      total = addAnswer(total, await call('revokeMany', { path: { couponId }, body }));
      setDone(total.sent);
    }
    return total;
  };
  const problem = problemOf(chosen?.list, reason);
  return (
    <Panel title={t('after.revokeList')}>
      <p class="muted">{t('after.revokeListText')}</p>
      <FileField busy={change.busy} onFile={(file) => void read(file)} />
      {chosen ? <Bad chosen={chosen} /> : null}
      <TextField label={t('frame.reason')} value={reason} onInput={setReason} maxLength={500} />
      <div class="after-buttons">
        <Button
          busy={change.busy}
          unless={problem}
          onPress={() => void change.run(async () => setPlan(await send(true)))}
        >
          {t('after.tryList')}
        </Button>
        <Button
          kind="stop"
          busy={change.busy}
          unless={
            problem ?? (plan === null ? t('after.tryFirst') : plan.revoked === 0 ? t('after.nobodyToRevoke') : null)
          }
          onPress={() =>
            void change.run(async () => {
              setResult(await send(false));
              setPlan(null);
              onChanged();
            })
          }
        >
          {plan ? t('after.revokeCount', { count: plan.revoked }) : t('user.revoke')}
        </Button>
        {change.busy ? (
          <span role="status">{t('after.usersDone', { done, all: chosen?.list.userIds.length ?? 0 })}</span>
        ) : null}
      </div>
      {change.error && done > 0 ? <Notice tone="note" title={t('after.interrupted', { done })} /> : null}
      <ErrorNotice error={change.error} />
      {plan ? <Outcome revoked={plan} before /> : null}
      {result ? <Outcome revoked={result} /> : null}
    </Panel>
  );
}

function problemOf(list: UserList | undefined, reason: string): string | null {
  if (!list) return t('after.chooseFile');
  if (list.tooMany) return t('after.tooManyUsers');
  if (list.bad.length > 0 || list.userIds.length === 0) return t('after.badFile');
  return reason.trim() === '' ? t('frame.reasonMissing') : null;
}

interface FileFieldProps {
  /** What runs is about the file that is shown: no other one can be chosen meanwhile. */
  readonly busy: boolean;
  readonly onFile: (file: File | undefined) => void;
}

function FileField({ busy, onFile }: FileFieldProps) {
  return (
    <label class="field file-field">
      <span>{t('after.file')}</span>
      <input
        type="file"
        disabled={busy}
        accept=".txt,.csv,text/plain"
        onChange={(event) => onFile(event.currentTarget.files?.[0])}
      />
    </label>
  );
}

/** Whether ids are numbers here: what a winner's is. */
async function idType(couponId: number): Promise<'number' | 'text'> {
  const query = { format: 'jsonl', limit: 1 } as const;
  const [winner] = await callLines<{ userId: UserId }>('listWinners', { path: { couponId }, query });
  return typeof winner?.userId === 'string' ? 'text' : 'number';
}

function Bad({ chosen: { name, list } }: { readonly chosen: Chosen }) {
  if (list.bad.length === 0) return <p>{t('after.listed', { file: name, count: list.userIds.length })}</p>;
  return (
    <Notice tone="bad" title={t('after.badLines', { file: name, count: list.bad.length })}>
      <ul>
        {list.bad.slice(0, BAD_SHOWN).map(({ line, text }) => (
          <li key={line}>
            {t('after.line', { line: String(line) })} <code>{text}</code>
          </li>
        ))}
      </ul>
    </Notice>
  );
}

function Outcome({ revoked, before }: { readonly revoked: Revoked; readonly before?: boolean }) {
  const { sent, notIssued, notDrained, otherwise, inEffect } = revoked;
  const some = (users: readonly UserId[]) => `${users.slice(0, 20).join(', ')}${users.length > 20 ? ' …' : ''}`;
  const title = before
    ? t('after.wouldRevoke', { sent, count: revoked.revoked })
    : t('after.revokedCount', { sent, count: revoked.revoked });
  return (
    <Notice tone={before ? 'accent' : 'good'} title={title}>
      <ul>
        {revoked.revokedBefore > 0 ? <li>{t('after.revokedBefore', { count: revoked.revokedBefore })}</li> : null}
        {notIssued.length > 0 ? (
          <li>{t('after.notHolding', { count: notIssued.length, users: some(notIssued) })}</li>
        ) : null}
        {notDrained.length > 0 ? (
          <li>{t('after.notDrained', { count: notDrained.length, users: some(notDrained) })}</li>
        ) : null}
        {otherwise.length > 0 ? (
          <li>{t('after.leftAsTheyAre', { count: otherwise.length, users: some(otherwise) })}</li>
        ) : null}
        {before || inEffect ? null : <li>{t('user.notInEffect')}</li>}
      </ul>
      {before ? <p>{t('user.noUndo')}</p> : null}
      <p class="muted">{t('after.seenAt', { time: show.time(Date.now(), 'second') })}</p>
    </Notice>
  );
}
