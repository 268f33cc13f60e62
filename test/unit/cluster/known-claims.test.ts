// Which claims HTTP workers are left with after a verdict of the gate.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withKnownClaims } from '../../../src/cluster/known-claims.ts';
import type { InstallationMessage } from '../../../src/cluster/messages.ts';

const ours = (...claims: string[]): InstallationMessage => verdict({ claims });
const unproven = verdict({ problem: 'not proven yet' });
const refused = verdict({ problem: 'belongs to another', isFinal: true });

function verdict(part: Partial<InstallationMessage>): InstallationMessage {
  return { type: 'installation', claims: [], problem: null, isFinal: false, ...part };
}

/** What each verdict leaves, one after the other. */
function after(...verdicts: InstallationMessage[]): InstallationMessage {
  let known: InstallationMessage | null = null;
  for (const each of verdicts) known = withKnownClaims(known, each);
  return known as unknown as InstallationMessage;
}

test('a refusal that is not final leaves the known claims, and says its problem', () => {
  assert.deepEqual(after(ours('a', 'b'), unproven), { ...unproven, claims: ['a', 'b'] });
  assert.deepEqual(after(ours('a'), unproven, verdict({ problem: 'another reason' })).claims, ['a']);
});

test('a final refusal leaves no claim, also after one that was not final, and none comes back', () => {
  assert.deepEqual(after(ours('a'), refused), refused);
  assert.deepEqual(after(ours('a'), unproven, refused), refused);
  assert.deepEqual(after(ours('a'), refused, unproven), unproven);
});

test('without known claims there is nothing to leave; new claims replace the old ones and end the problem', () => {
  assert.deepEqual(after(unproven), unproven);
  assert.deepEqual(after(ours('a'), unproven, ours('b')), ours('b'));
});
