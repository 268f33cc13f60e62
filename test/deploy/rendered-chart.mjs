// @ts-check
// What schemas can't say of the rendered chart: each variable is a setting, each mount has its volume, no container can
// write to its root or gain rights, and the time to stop is longer than the stop. `npm run build` first.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';

const config = '../../dist/src/config.js';
const { describeConfig } = await import(config);
/** @type {{ name: string, mayBeFile: boolean }[]} */
const described = describeConfig();
const settings = new Set(described.flatMap(({ name, mayBeFile }) => (mayBeFile ? [name, `${name}_FILE`] : [name])));

for (const file of process.argv.slice(2)) {
  const documents = parseAllDocuments(readFileSync(file, 'utf8')).map((document) => document.toJS());
  const workloads = documents.filter((document) => document?.spec?.template);
  assert.ok(workloads.length >= 2, `${file}: nodes and migration`);
  for (const { kind, spec } of workloads) {
    const pod = spec.template.spec;
    assert.equal(pod.securityContext.runAsNonRoot, true);
    assert.equal(pod.automountServiceAccountToken, false);
    const volumes = new Set((pod.volumes ?? []).map((/** @type {{ name: string }} */ { name }) => name));
    for (const { env, securityContext, volumeMounts, resources } of pod.containers) {
      /** @type {Map<string, string>} */
      const values = new Map(
        env.map((/** @type {{ name: string, value: string }} */ { name, value }) => [name, value]),
      );
      assert.equal(values.size, env.length, 'a variable is given once');
      for (const name of values.keys()) assert.ok(settings.has(name), `${kind}: ${name} is no setting`);
      for (const [name, value] of values) {
        if (!name.endsWith('_FILE')) continue;
        assert.ok(
          volumeMounts.some((/** @type {{ mountPath: string }} */ { mountPath }) => value.startsWith(`${mountPath}/`)),
          `${kind}: ${name}=${value} is in no volume`,
        );
      }
      for (const { name } of volumeMounts) assert.ok(volumes.has(name), `${kind}: volume ${name}`);
      assert.equal(securityContext.readOnlyRootFilesystem, true);
      assert.equal(securityContext.allowPrivilegeEscalation, false);
      assert.deepEqual(securityContext.capabilities, { drop: ['ALL'] });
      assert.ok(resources.limits.memory, `${kind}: a limit of memory`);
      if (kind !== 'StatefulSet') continue;
      const stopMs = Number(values.get('COUPONRUSH_LAME_DUCK_MS')) + Number(values.get('COUPONRUSH_DRAIN_MS'));
      assert.ok(pod.terminationGracePeriodSeconds * 1000 >= stopMs + 5000, 'killed before it has stopped');
    }
  }
  console.log(`${file.split('/').pop()}: ${documents.length} documents`);
}
