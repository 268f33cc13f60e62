// Texts that name a user: what our own sentences and operators' reasons in the audit say ("user 42"), what MySQL said
// of a row that it refused, and what an unreadable outbox entry contained.
import type { Statements } from '../store/database.ts';
import {
  listAuditDetails,
  listLetterTexts,
  type Replacement,
  replaceAuditDetail,
  replaceLetterTexts,
} from '../store/tables/erased-users.ts';
import { type UserKey, userInOwnText, userInSentence, userInText } from '../user-id.ts';

/** Numbers of an audit record can be anything: only what is called a user is one. */
const inAudit = (userId: UserKey) => new RegExp(`\\b([Uu]sers? )${userInSentence(userId)}`, 'g');
const inLetter = (userId: UserKey) => new RegExp(userInText(userId), 'g');

export async function isNamedInTexts(database: Pick<Statements, 'query'>, userId: UserKey): Promise<boolean> {
  const details = await listAuditDetails(database, userId);
  if (details.some(({ text }) => inAudit(userId).test(text))) return true;
  const letters = await listLetterTexts(database, userId);
  return letters.some((letter) => letter.userId === null && inLetter(userId).test(letter.raw ?? ''));
}

export async function replaceInTexts(database: Statements, { userId, pseudonym }: Replacement): Promise<void> {
  for (const { id, text } of await listAuditDetails(database, userId)) {
    const replaced = text.replaceAll(inAudit(userId), `$1${pseudonym}`);
    if (replaced !== text) await replaceAuditDetail(database, { id, text: replaced });
  }
  for (const { id, userId: owner, refusal, raw } of await listLetterTexts(database, userId)) {
    // A letter of another user has their own numbers.
    if (owner !== null && owner !== pseudonym) continue;
    const named = owner === null ? inLetter(userId) : new RegExp(userInOwnText(userId), 'g');
    const replace = (text: string) => text.replaceAll(named, String(pseudonym));
    const changed = { id, refusal: replace(refusal), raw: raw === null ? null : replace(raw) };
    if (changed.refusal !== refusal || changed.raw !== raw) await replaceLetterTexts(database, changed);
  }
}
