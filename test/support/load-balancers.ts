// nginx and HAProxy with the files of deploy/load-balancer, their ports replaced by free ones, and the identities that
// they check: sessions for nginx, tokens for HAProxy.
import { spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readOutput } from '../../src/local/run-program.ts';
import { projectRoot } from '../../src/project.ts';
import { testFolder } from './folder.ts';
import { freePort } from './free-port.ts';
import type { Scope } from './servers.ts';
import { waitFor } from './wait.ts';

export interface LoadBalancer {
  readonly name: 'nginx' | 'haproxy';
  readonly port: number;
  readonly url: string;
  /** The header line of this user's session or token. */
  readonly identityOf: (user: number) => string;
  readonly output: () => string;
}

const NODES = /(?: +server (?:node\d )?127\.0\.0\.1:80\d\d.*\n)+/;
const FIND_WITHIN_MS = 10_000;
const JWT_SECRET = 'a-secret-of-the-tests-with-32-bytes-or-more';

/** The reason for which it can't run here; null if it can. In CI it must be there. */
export async function missing(name: LoadBalancer['name']): Promise<string | null> {
  if ((await readOutput('sh', ['-c', 'command -v "$0"', name], FIND_WITHIN_MS)) !== null) return null;
  if (process.env.CI) throw new Error(`${name} is missing: install the package ${name}`);
  return `${name} is not installed (package ${name})`;
}

/** @param appPorts of the issue API, one a node. Resolves when couponrush is ready through it. */
export async function startLoadBalancer(
  t: Scope,
  name: LoadBalancer['name'],
  ...appPorts: readonly number[]
): Promise<LoadBalancer> {
  const folder = testFolder(name);
  const port = await freePort();
  const sessionsPort = await freePort();
  const file = name === 'nginx' ? 'nginx.conf' : 'haproxy.cfg';
  const text = readFileSync(join(projectRoot, 'deploy/load-balancer', file), 'utf8')
    .replace(NODES, (nodes) => nodeLines(nodes, appPorts))
    .replace('127.0.0.1:9000', `127.0.0.1:${sessionsPort}`)
    .replace(/(listen |bind :)8000/, (_, directive: string) => `${directive.replace(':', '127.0.0.1:')}${port}`)
    .replace('http {', () => `http {\n${temporaryPaths(folder)}${sessions(sessionsPort)}`);
  const config = join(folder, file);
  writeFileSync(config, text);
  const args =
    name === 'nginx'
      ? ['-p', folder, '-e', 'stderr', '-c', config, '-g', `daemon off; pid ${join(folder, 'pid')};`]
      : ['-db', '-f', config];
  const child = spawn(name, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, JWT_SECRET } });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (part: string) => {
      output += part;
    });
  }
  t.after(async () => {
    if (child.exitCode !== null) return;
    child.kill('SIGTERM');
    await once(child, 'exit');
  });
  const url = `http://127.0.0.1:${port}`;
  await waitFor(`couponrush is ready through ${name}`, async () => {
    if (child.exitCode !== null) throw new Error(`${name} ended: ${output}`);
    return (await fetch(`${url}/readyz`)).ok;
  });
  return { name, port, url, identityOf: name === 'nginx' ? sessionOf : tokenOf, output: () => output };
}

/** As many as there are nodes in the test, each like the first one of the file. */
function nodeLines(nodes: string, appPorts: readonly number[]): string {
  const [first = ''] = nodes.split('\n');
  return appPorts
    .map(
      (port, index) => `${first.replace('node1', `node${index + 1}`).replace('127.0.0.1:8080', `127.0.0.1:${port}`)}\n`,
    )
    .join('');
}

/** What a package sets up, for a user who is not root. */
function temporaryPaths(folder: string): string {
  return ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((kind) => `${kind}_temp_path ${folder}/${kind};`)
    .join('\n');
}

function sessionOf(user: number): string {
  return `Cookie: session=${user}`;
}

/** What knows the sessions, in nginx itself, so that it is not slower than the balancer: `session=USER` is believed. */
function sessions(port: number): string {
  return `
  map $http_cookie $user {
    ~^session=(?<found>\\d+)$ $found;
  }
  server {
    listen 127.0.0.1:${port} backlog=4096;
    if ($user = "") {
      return 401;
    }
    add_header X-User-Id $user;
    return 204;
  }`;
}

export function tokenOf(user: number, secondsLeft = 600, secret = JWT_SECRET, alg = 'HS256'): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const exp = Math.floor(Date.now() / 1000) + secondsLeft;
  const text = `${part({ alg, typ: 'JWT' })}.${part({ sub: String(user), exp })}`;
  return `Authorization: Bearer ${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
}
