// Runs another program to its end, with a limit on the time and its output in a file or in memory.
import { type SpawnOptions, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
}

interface Outcome {
  readonly code: number | null;
  readonly output: string;
}

function finish(command: Command, options: SpawnOptions, withinMs: number): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = spawn(command.file, command.args, { ...options, timeout: withinMs, killSignal: 'SIGKILL' });
    const chunks: Buffer[] = [];
    child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr?.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.once('error', (error) => resolve({ code: null, output: error.message }));
    child.once('close', (code) => resolve({ code, output: Buffer.concat(chunks).toString('utf8') }));
  });
}

/** What the program printed; null if it can't be run, fails or takes longer. */
export async function readOutput(file: string, args: readonly string[], withinMs: number): Promise<string | null> {
  const { code, output } = await finish({ file, args }, { stdio: ['ignore', 'pipe', 'pipe'] }, withinMs);
  return code === 0 ? output : null;
}

/** @throws Error with the last lines of the output, which is kept in `logFile` */
export async function runToEnd(command: Command, logFile: string, withinMs: number): Promise<void> {
  const log = openSync(logFile, 'w', 0o600);
  const { code, output } = await finish(command, { stdio: ['ignore', log, log] }, withinMs);
  closeSync(log);
  if (code === 0) return;
  const last = `${output} ${readFileSync(logFile, 'utf8').trim().split('\n').slice(-3).join(' / ')}`.trim();
  throw new Error(`${command.file} failed (${code === null ? 'killed' : `code ${code}`}): ${last} (${logFile})`);
}
