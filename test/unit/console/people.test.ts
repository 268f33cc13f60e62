// The table of roles: each operation of the API has its words, and stands where the server lets it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { operations } from '../../../console/src/api-types.ts';
import { allows, groupsOfActions, ROLES } from '../../../console/src/pages/people/roles.ts';
import { catalogues } from '../../../console/src/texts/catalogue.ts';
import { rolesFor } from '../../../src/admin/roles.ts';

test('each operation of the API has a text, and no other has one', () => {
  for (const language of ['en', 'ko'] as const) {
    const named = Object.keys(catalogues[language].people ?? {}).filter((key) => key.startsWith('op-'));
    const expected = Object.keys(operations).map((id) => `op-${id}`);
    assert.deepEqual(named.sort(), expected.sort(), language);
  }
});

test('the table ticks a role exactly where the server lets it', () => {
  const shown = groupsOfActions().flatMap(({ from, actions }) => actions.map((id) => ({ id, from })));
  assert.equal(shown.length, Object.keys(operations).length);
  for (const { id, from } of shown) {
    assert.deepEqual(
      ROLES.filter((role) => allows(role, from)),
      rolesFor(id),
      id,
    );
  }
});
