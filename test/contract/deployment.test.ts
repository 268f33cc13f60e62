// What can be said of the deployment without Docker; test/deploy/compose.sh runs it.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { describeConfig, loadConfig } from '../../src/config.ts';
import { projectRoot } from '../../src/project.ts';

interface Service {
  readonly image: string;
  readonly build?: string;
  readonly environment?: Readonly<Record<string, string | number>>;
  readonly volumes?: readonly string[];
  readonly secrets?: readonly string[];
  readonly networks?: readonly string[];
  readonly ports?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: { readonly disable?: boolean };
  readonly command?: readonly string[];
  readonly container_name?: string;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly mem_limit?: string;
}

interface ComposeFile {
  readonly services: Readonly<Record<string, Service>>;
  readonly networks: Readonly<Record<string, { internal?: boolean } | null>>;
  readonly volumes: Readonly<Record<string, unknown>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
}

const read = (path: string) => readFileSync(join(projectRoot, path), 'utf8');
const file = parse(read('docker-compose.perf.yml'), { merge: true }) as ComposeFile;
const services = Object.entries(file.services);
const service = (name: string): Service => file.services[name] as Service;
const dockerfile = read('Dockerfile');
const OF_NODE = ['NODE_ENV'];

test('every image has a version, and the base of the own image can be replaced by one with a digest', () => {
  for (const [name, { image, build }] of services) {
    if (build === undefined) assert.match(image, /:v?\d+\.\d+(\.\d+)?$/, `${name}: ${image}`);
  }
  const bases = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, base = '']) => base);
  assert.deepEqual(bases, [`\${NODE_IMAGE}`, `\${BASE_IMAGE}`]);
  for (const [, image] of dockerfile.matchAll(/^ARG \w+_IMAGE=(\S+)/gm))
    assert.match(image as string, /:\w+-slim$|:\d+-\w+-slim$/);
});

test('every container is read-only, without capabilities, unable to gain any, and bounded in memory', () => {
  for (const [name, { read_only, cap_drop, security_opt, mem_limit }] of services) {
    assert.equal(read_only, true, name);
    assert.deepEqual(cap_drop, ['ALL'], name);
    assert.deepEqual(security_opt, ['no-new-privileges:true'], name);
    assert.ok(mem_limit !== undefined || name === 'k6', `${name}: mem_limit`);
  }
  assert.match(dockerfile, /^USER node$/m);
});

test('what is mounted exists, and what is named is declared', () => {
  for (const [name, { volumes = [], secrets = [], networks = [], depends_on = {} }] of services) {
    for (const volume of volumes) {
      const [source = '', , mode] = volume.split(':');
      if (source.startsWith('./')) {
        assert.ok(existsSync(join(projectRoot, source)), `${name}: ${source}`);
        assert.equal(mode, 'ro', `${name}: ${source}`);
      } else assert.ok(source in file.volumes, `${name}: volume ${source}`);
    }
    for (const secret of secrets) assert.ok(secret in file.secrets, `${name}: secret ${secret}`);
    for (const network of networks) assert.ok(network in file.networks, `${name}: network ${network}`);
    for (const other of Object.keys(depends_on)) assert.ok(other in file.services, `${name}: ${other}`);
  }
});

test('a secret is a file that deploy/secrets.sh makes and git ignores; no variable holds one', () => {
  const script = read('deploy/secrets.sh');
  assert.match(read('.gitignore'), /^deploy\/secrets\/$/m);
  for (const [name, { file: path }] of Object.entries(file.secrets)) {
    assert.match(path, /^\.\/deploy\/secrets\//, name);
    assert.ok(script.includes(path.replace('./deploy/secrets/', '')), `deploy/secrets.sh makes ${path}`);
  }
  for (const [name, { environment = {} }] of services) {
    for (const [variable, value] of Object.entries(environment)) {
      if (/PASSWORD|TOKEN|SECRET/.test(variable))
        assert.match(String(value), /^\/run\/secrets\//, `${name}: ${variable}`);
      const secret = /^\/run\/secrets\/(\w+)$/.exec(String(value))?.[1];
      if (secret) assert.ok(file.services[name]?.secrets?.includes(secret), `${name}: ${variable}`);
    }
  }
});

test('every setting given to couponrush is one', () => {
  const names = new Set(
    describeConfig().flatMap(({ name, mayBeFile }) => (mayBeFile ? [name, `${name}_FILE`] : [name])),
  );
  const given = ['app', 'migrate'].flatMap((name) => Object.keys(service(name).environment ?? {}));
  const inImage = [...(/^ENV (.+)$/m.exec(dockerfile)?.[1] ?? '').matchAll(/(\w+)=/g)].map(([, name = '']) => name);
  for (const name of [...given, ...inImage]) assert.ok(names.has(name) || OF_NODE.includes(name), name);
});

test('stores are reached from inside only, and nothing is published beyond loopback unasked', () => {
  assert.equal(file.networks.stores?.internal, true);
  for (const name of ['redis', 'mysql']) {
    assert.deepEqual(service(name).networks, ['stores']);
    assert.equal(service(name).ports, undefined);
  }
  for (const [name, { ports = [] }] of services) {
    for (const port of ports) assert.match(port, /^(127\.0\.0\.1|\$\{\w+:-127\.0\.0\.1\}):/, `${name}: ${port}`);
  }
});

test('a service waits for what it needs until that is healthy', () => {
  for (const [name, { depends_on = {} }] of services) {
    for (const [other, { condition }] of Object.entries(depends_on)) {
      const expected = other === 'migrate' ? 'service_completed_successfully' : 'service_healthy';
      assert.equal(condition, expected, `${name}: ${other}`);
      if (expected === 'service_healthy' && other !== 'app') assert.ok(service(other).healthcheck, other);
    }
  }
  assert.match(dockerfile, /^HEALTHCHECK .+CMD \["node", "bin\/healthcheck\.mjs"\]$/m);
  assert.match(dockerfile, /^CMD \["node", "dist\/src\/main\.js"\]$/m);
});

test('the stores have the settings that the promises need, and the names that operators type', () => {
  const redis = read('deploy/redis/redis.conf');
  for (const line of [
    'appendonly yes',
    'appendfsync always',
    'no-appendfsync-on-rewrite no',
    'maxmemory-policy noeviction',
  ]) {
    assert.match(redis, new RegExp(`^${line}$`, 'm'));
  }
  const mysql = read('deploy/mysql/mysql.cnf');
  for (const line of ['innodb_flush_log_at_trx_commit = 1', 'sync_binlog = 1', 'max_connections = \\d+']) {
    assert.match(mysql, new RegExp(`^${line}$`, 'm'));
  }
  for (const name of ['app', 'redis', 'mysql']) assert.equal(service(name).container_name, name);
});

test('the systemd unit gives settings that there are, and time for a stop', () => {
  const unit = read('deploy/systemd/couponrush.service');
  const defaults = loadConfig({});
  const [, seconds] = /^TimeoutStopSec=(\d+)$/m.exec(unit) ?? [];
  assert.ok(Number(seconds) * 1000 >= defaults.lameDuckMs + defaults.drainMs + 5000);
  const names = new Set(describeConfig().map(({ name }) => name));
  const given = [...unit.matchAll(/(?:^Environment=| )([A-Z_]+)=/gm)].map(([, name = '']) => name);
  assert.ok(given.length > 0);
  for (const name of given) assert.ok(names.has(name) || OF_NODE.includes(name), name);
  const [, program = ''] = /^ExecStart=\S+ (\S+)$/m.exec(unit) ?? [];
  assert.match(dockerfile, new RegExp(`^CMD \\["node", "${program}"\\]$`, 'm'));
});

test('scripts of the deployment can be run', () => {
  const scripts = [
    'deploy/secrets.sh',
    'deploy/redis/redis-cli',
    'deploy/mysql/create-users.sh',
    'test/deploy/chart.sh',
    'test/deploy/compose.sh',
    'test/deploy/openapi.sh',
    'test/deploy/systemd.sh',
  ];
  for (const path of scripts) assert.ok(statSync(join(projectRoot, path)).mode & 0o100, path);
});
