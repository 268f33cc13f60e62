// The command line as a shell sees it.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { projectRoot } from '../../src/project.ts';

export interface CliRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;

/** Runs `couponrush …` with nothing of this process' settings but `env`. */
export function runCli(env: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<CliRun> {
  return runCliIn(process.cwd(), env, ...args);
}

/** The same in another folder. */
export function runCliIn(
  cwd: string,
  env: Readonly<Record<string, string>>,
  ...args: readonly string[]
): Promise<CliRun> {
  const { REDIS_URL: _redis, MYSQL_URL: _mysql, ...rest } = process.env;
  return new Promise((resolve) => {
    const entry = join(projectRoot, 'dist/src/cli.js');
    const options = { cwd, env: { ...rest, ...env }, maxBuffer: OUTPUT_BYTES_MAX };
    execFile(process.execPath, [entry, ...args], options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}
