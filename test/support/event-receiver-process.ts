// A receiver of webhooks in a process of its own, which a test can kill and freeze. What it has accepted is in a file
// before it answers.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../src/project.ts';
import { boundToThisProcess } from './app.ts';
import type { ReceivedEvent } from './event-receiver.ts';
import { testFolder } from './folder.ts';
import { freePort } from './free-port.ts';
import type { Scope } from './servers.ts';

export interface ReceiverProcess {
  readonly url: string;
  start(): Promise<void>;
  /** SIGKILL */
  kill(): Promise<void>;
  freeze(): void;
  resume(): void;
  /** Of what it has accepted: cheap to ask. 0: nothing. */
  acceptedBytes(): number;
  /** In the order of their arrival, repeated ones included. */
  accepted(): ReceivedEvent[];
}

export async function createReceiverProcess(t: Scope): Promise<ReceiverProcess> {
  const port = await freePort();
  const file = join(testFolder('receiver'), 'accepted');
  let child: ChildProcess | null = null;
  const kill = async () => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
  };
  t.after(kill);
  return {
    url: `http://127.0.0.1:${port}/hook`,
    async start() {
      const program = join(projectRoot, 'dist/test/support/event-receiver-program.js');
      const [name, ...args] = [...boundToThisProcess(), process.execPath, program, String(port), file];
      child = spawn(name as string, args, { stdio: ['ignore', 'pipe', 'inherit'] });
      await once(child.stdout as NodeJS.ReadableStream, 'data');
    },
    kill,
    freeze: () => void child?.kill('SIGSTOP'),
    resume: () => void child?.kill('SIGCONT'),
    acceptedBytes: () => statSync(file, { throwIfNoEntry: false })?.size ?? 0,
    accepted: () =>
      readFileSync(file, { encoding: 'utf8', flag: 'a+' })
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line) as ReceivedEvent),
  };
}
