// `npm start` ends with what started it. npm and its shell end without a signal to their child: by SIGTERM, by a
// closed terminal, by kill -9. So the primary watches them, and no other process: a server that was started without npm
// (by a supervisor, by `setsid node bin/start.mjs &`) may outlive its parent.
// Assumes that npm sets npm_lifecycle_event and npm_package_json for the script that it runs, and runs it in a shell.
import { realpathSync } from 'node:fs';
import { basename, join } from 'node:path';
import { commandLineOf, parentOf, programOf, startOf, variableOf } from '../local/process-identity.ts';
import { projectRoot } from '../project.ts';

const LOOK_EVERY_MS = 250;
/** npm, its shell, and what a script-shell of the user puts between them. */
const ANCESTORS_MAX = 8;

interface Ancestor {
  readonly pid: number;
  readonly start: string;
}

/** Whether npm (or pnpm, yarn) runs `npm start` of this folder, and this process is what it runs. */
export function isRunByNpm(env: NodeJS.ProcessEnv): boolean {
  if (env.npm_lifecycle_event !== 'start') return false;
  return env.npm_package_json === undefined || samePath(env.npm_package_json, join(projectRoot, 'package.json'));
}

/**
 * Calls `onGone` once, when npm or a shell between it and this process has ended, at the earliest in the next turn.
 * Does nothing if this process was not started by `npm start`.
 */
export function watchParents(env: NodeJS.ProcessEnv, onGone: () => void): void {
  if (!isRunByNpm(env)) return;
  const ancestors = findAncestors(env);
  const look = () => {
    if (ancestors?.every(isRunning) && process.ppid === ancestors[0]?.pid) return;
    clearInterval(timer);
    onGone();
  };
  const timer = setInterval(look, LOOK_EVERY_MS).unref();
  setImmediate(look);
}

/** From the parent up to npm itself, which alone lacks the variables of its script. Null if it has ended already. */
function findAncestors(env: NodeJS.ProcessEnv): Ancestor[] | null {
  const ancestors: Ancestor[] = [];
  for (let pid: number | null = process.ppid; pid !== null && ancestors.length < ANCESTORS_MAX; pid = parentOf(pid)) {
    const start = startOf(pid);
    if (start === null) return null;
    ancestors.push({ pid, start });
    if (variableOf(pid, 'npm_lifecycle_event') === env.npm_lifecycle_event) continue;
    return isManager(pid, env) ? ancestors : null;
  }
  return ancestors;
}

/** An orphan's parent is the init process, or another that adopts: it does not run the program of npm. */
function isManager(pid: number, env: NodeJS.ProcessEnv): boolean {
  const program = programOf(pid);
  if (program === null) return pid !== 1;
  const [manager = ''] = (env.npm_config_user_agent ?? '').split('/');
  const node = env.npm_node_execpath;
  const runsManager = node === undefined || samePath(program, node) || basename(program).includes(manager);
  return runsManager && commandLineOf(pid).includes(manager);
}

const isRunning = ({ pid, start }: Ancestor): boolean => startOf(pid) === start;

function samePath(one: string, other: string): boolean {
  try {
    return realpathSync(one) === realpathSync(other);
  } catch {
    return one === other;
  }
}
