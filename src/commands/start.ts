// couponrush start
import type { Command } from 'commander';

export function addStart(program: Command): void {
  program
    .command('start')
    .summary('run the server')
    .description(
      'Runs the server until SIGTERM or SIGINT, as npm start ' +
        'does, and without npm in between: for a supervisor. SIGHUP ' +
        'reads keys, certificate and admin token again.',
    )
    .action(async () => {
      // A reader who has seen enough ends a command, not the server.
      process.stdout.removeAllListeners('error');
      await import('../main.ts');
    });
}
