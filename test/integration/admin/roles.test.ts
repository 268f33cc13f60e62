// What each role may ask: every cell of the table in docs/api.md, against the real routes.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Authentication } from '../../../src/admin/authentication.ts';
import { newOperator, parseOperators } from '../../../src/admin/operators.ts';
import { type Role, roles } from '../../../src/admin/principal.ts';
import { rolesOfRoutes } from '../../../src/admin/roles.ts';
import { adminRoutes } from '../../../src/admin/routes.ts';
import { createAdminServer } from '../../../src/admin/server.ts';
import { projectRoot } from '../../../src/project.ts';
import { openStores } from '../../support/coupon-stores.ts';

/** operationId → roles, as docs/api.md tells operators. */
function toldRoles(): Map<string, Role[]> {
  const docs = readFileSync(join(projectRoot, 'docs/api.md'), 'utf8');
  const rows = [...docs.matchAll(/^\| `(\w+)` \| (✓| ) \| (✓| ) \| (✓| ) \| (✓| ) \|$/gm)];
  return new Map(
    rows.map(([, operationId = '', ...cells]) => [operationId, roles.filter((_, column) => cells[column] === '✓')]),
  );
}

test('each route has a row, in the code and in docs/api.md, and no other row is there', () => {
  const routes = adminRoutes().map(({ operationId }) => operationId);
  assert.deepEqual(Object.keys(rolesOfRoutes).sort(), routes.sort());
  assert.deepEqual([...toldRoles().keys()].sort(), routes);
});

test('each role is let in where its cell says so, and refused with 403 anywhere else', async (t) => {
  const stores = await openStores(t);
  const made = roles.map((role) => ({ role, ...newOperator(`a-${role}`, role) }));
  const authentication = new Authentication({
    token: 'token-of-the-tests',
    operators: parseOperators(made.map(({ line }) => line).join('\n'), 'operators'),
    failuresMax: 10,
  });
  const app = createAdminServer({ authentication, servers: stores, openapi: '{}' });
  t.after(() => app.close());
  const told = toldRoles();
  for (const { method, path, operationId } of adminRoutes()) {
    for (const { role, token } of made) {
      const url = path.replace('{couponId}', '404');
      // A stream has no end.
      const asked = operationId === 'readLive' ? 'HEAD' : method;
      const response = await app.inject({ method: asked, url, headers: { authorization: `Bearer ${token}` } });
      const cell = `${role} ${operationId}: ${response.statusCode} ${response.body.slice(0, 200)}`;
      if (told.get(operationId)?.includes(role)) {
        assert.ok(![401, 403, 429].includes(response.statusCode), cell);
      } else {
        assert.deepEqual([response.statusCode, response.json().code], [403, 'FORBIDDEN_OPERATOR'], cell);
        assert.match(response.json().detail, new RegExp(`you are ${role}$`));
      }
    }
  }
});

test('the audit names the person of the token, whatever X-Operator claims', async (t) => {
  const stores = await openStores(t);
  const alice = newOperator('alice', 'operator');
  const operators = parseOperators(alice.line, 'operators');
  const authentication = new Authentication({ token: 'token-of-the-tests', operators, failuresMax: 10 });
  const app = createAdminServer({ authentication, servers: stores, openapi: '{}' });
  t.after(() => app.close());
  const created = await app.inject({
    method: 'POST',
    url: '/admin/v1/coupons',
    headers: { authorization: `Bearer ${alice.token}`, 'x-operator': 'mallory' },
    payload: { name: 'Sale', totalStock: 3, discountType: 'PERCENT', discountAmount: 20 },
  });
  assert.equal(created.statusCode, 201);
  const [record] = await stores.database.query<{ actor: string }>('SELECT actor FROM coupon_audit');
  assert.equal(record?.actor, 'alice (operator) from 127.0.0.1');
});
