// The real Prometheus and Alertmanager with our files, made quick: scraped and evaluated every second, looking back
// over seconds instead of minutes, and without waiting before an alert fires. Expressions and bounds stay what they
// are.
import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../src/project.ts';
import { testFolder } from './folder.ts';
import { freePort } from './free-port.ts';
import { monitoringProgram } from './monitoring-programs.ts';
import type { Scope } from './servers.ts';
import { waitFor } from './wait.ts';
import { startWebhookReceiver, type WebhookReceiver } from './webhook-receiver.ts';

export interface Monitoring {
  readonly receiver: WebhookReceiver;
  /** Values of an instant query, by their labels as JSON. */
  query(expression: string): Promise<Map<string, number>>;
  /** Names of all recording rules. */
  readonly recorded: readonly string[];
  targets(): Promise<{ job: string; health: string }[]>;
}

/** Long enough for two scrapes of what changes once a second. */
const SHORT = { '1m': '10s', '5m': '15s', '10m': '20s' } as const;

/** Prometheus takes some seconds until it has read the files with its targets: that is no outage. */
const DISCOVERY = '10s';

function quicken(text: string): string {
  return text
    .replace(/(scrape_interval|evaluation_interval): \S+/g, '$1: 1s')
    .replace(/scrape_timeout: \S+/g, 'scrape_timeout: 1s')
    .replace(/^( +for): \S+$/gm, '$1: 1s')
    .replace(/(alert: CouponrushTargetDown\n.*\n +for): \S+/, `$1: ${DISCOVERY}`)
    .replace(/\[(1m|5m|10m)\]/g, (_, window: keyof typeof SHORT) => `[${SHORT[window]}]`)
    .replace(/(group_wait|group_interval): \S+/g, '$1: 1s');
}

function run(t: Scope, program: string, args: readonly string[], cwd: string): () => string {
  const child: ChildProcess = spawn(program, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-20_000);
    });
  }
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  t.after(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  return () => output;
}

interface Ports {
  readonly prometheus: number;
  readonly alertmanager: number;
}

/** The configuration of prometheus/, with short times and the ports of this test. */
function configure(folder: string, metricsUrl: string, receiverUrl: string, ports: Ports): void {
  cpSync(join(projectRoot, 'prometheus'), folder, { recursive: true });
  const files = ['prometheus.yml', 'recording.yml', 'alertmanager.yml'];
  for (const file of readdirSync(join(folder, 'alerts'))) files.push(join('alerts', file));
  for (const file of files) {
    const text = quicken(readFileSync(join(folder, file), 'utf8'))
      .replaceAll('http://alert-receiver.invalid/', receiverUrl)
      .replace('127.0.0.1:9090', `127.0.0.1:${ports.prometheus}`);
    writeFileSync(join(folder, file), text);
  }
  const target = (host: string) => `- targets: ['${host}']\n`;
  writeFileSync(join(folder, 'targets/couponrush.yml'), target(new URL(metricsUrl).host));
  writeFileSync(join(folder, 'targets/alertmanager.yml'), target(`127.0.0.1:${ports.alertmanager}`));
}

/** Resolves when couponrush was scraped for the first time: what rises from now on is seen to rise. */
export async function startMonitoring(t: Scope, metricsUrl: string): Promise<Monitoring> {
  const folder = testFolder('monitoring');
  const receiver = await startWebhookReceiver(t);
  const ports = { prometheus: await freePort(), alertmanager: await freePort() };
  configure(folder, metricsUrl, receiver.url, ports);
  const alertmanager = run(
    t,
    await monitoringProgram('prometheus-alertmanager'),
    [
      '--config.file=alertmanager.yml',
      '--storage.path=alertmanager-data',
      `--web.listen-address=127.0.0.1:${ports.alertmanager}`,
      '--cluster.listen-address=',
    ],
    folder,
  );
  const prometheus = run(
    t,
    await monitoringProgram('prometheus'),
    [
      '--config.file=prometheus.yml',
      '--storage.tsdb.path=prometheus-data',
      `--web.listen-address=127.0.0.1:${ports.prometheus}`,
    ],
    folder,
  );
  t.after(async () => rmSync(folder, { recursive: true, force: true }));
  const base = `http://127.0.0.1:${ports.prometheus}`;
  for (const [url, output] of [
    [`${base}/-/ready`, prometheus],
    [`http://127.0.0.1:${ports.alertmanager}/-/ready`, alertmanager],
  ] as const) {
    await waitFor(`${url} answers`, async () => (await fetch(url)).ok, { withinMs: 20_000, everyMs: 100 }).catch(
      (error: Error) => {
        throw new Error(`${error.message}: ${output()}`);
      },
    );
  }
  const ask = async <T>(path: string): Promise<T> => {
    const response = await fetch(`${base}/api/v1/${path}`);
    const body = (await response.json()) as { status: string; error?: string; data: T };
    if (body.status !== 'success') throw new Error(`${path}: ${body.error}`);
    return body.data;
  };
  const query = async (expression: string) => {
    const { result } = await ask<{ result: { metric: object; value: [number, string] }[] }>(
      `query?query=${encodeURIComponent(expression)}`,
    );
    return new Map(result.map(({ metric, value }) => [JSON.stringify(metric), Number(value[1])]));
  };
  await waitFor('couponrush is scraped', async () => (await query('couponrush_worker_up')).size > 0, {
    withinMs: 30_000,
    everyMs: 200,
  });
  return {
    receiver,
    query,
    recorded: [...readFileSync(join(folder, 'recording.yml'), 'utf8').matchAll(/record: (\S+)/g)].map(
      (match) => match[1] as string,
    ),
    async targets() {
      const { activeTargets } = await ask<{ activeTargets: { labels: { job: string }; health: string }[] }>('targets');
      return activeTargets.map(({ labels, health }) => ({ job: labels.job, health }));
    },
  };
}
