// One couponrush node that stands still as a whole, primary included: nothing kills and replaces what hangs, as after a
// suspended machine.
import type { App } from './app.ts';

/** @returns what lets it go on */
export function freezeNode(app: App): () => void {
  const pids = [app.primary.pid as number, ...app.pids('')];
  for (const pid of pids) process.kill(pid, 'SIGSTOP');
  return () => {
    // The primary last, so that its children have beaten before it looks.
    for (const pid of [...pids].reverse()) process.kill(pid, 'SIGCONT');
  };
}
