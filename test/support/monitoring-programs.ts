// promtool, Prometheus and Alertmanager: those of this machine, else installed by apt-get like Redis and MySQL.
import { tmpdir } from 'node:os';
import { installPackages } from '../../src/local/packages.ts';
import { readOutput } from '../../src/local/run-program.ts';

const packages = {
  promtool: 'prometheus',
  prometheus: 'prometheus',
  amtool: 'prometheus-alertmanager',
  'prometheus-alertmanager': 'prometheus-alertmanager',
} as const;

export type MonitoringProgram = keyof typeof packages;

const FIND_WITHIN_MS = 10_000;

async function find(name: MonitoringProgram): Promise<string | null> {
  return (await readOutput('sh', ['-c', 'command -v "$0"', name], FIND_WITHIN_MS))?.trim() || null;
}

/** @throws Error that says why it is not there and can't be had */
export async function monitoringProgram(name: MonitoringProgram): Promise<string> {
  const found = await find(name);
  if (found !== null) return found;
  const failure = await installPackages([packages[name]], `${name} is`, {
    logDir: process.env.TEST_RUN_DIR ?? tmpdir(),
    progress: (line) => console.error(line),
  });
  const installed = await find(name);
  if (installed === null) throw new Error(`${name} is missing (${failure}): install the package ${packages[name]}`);
  return installed;
}
