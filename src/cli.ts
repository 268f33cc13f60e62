// Entry point of `couponrush <command>`: parses, runs the command, sets the exit code.
import { CommanderError } from 'commander';
import { EXIT_FAILED, EXIT_OK, EXIT_USAGE } from './commands/action.ts';
import { createProgram } from './commands/program.ts';

process.title = 'couponrush command';
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // A reader that has seen enough (`| head`) is no failure.
  if (error.code === 'EPIPE') process.exit();
  process.stderr.write(`couponrush: the result could not be written: ${error.message}\n`);
  process.exit(EXIT_FAILED);
});

try {
  await createProgram().parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  // commander has written its message, or the help that was asked for.
  process.exitCode = error.exitCode === 0 ? EXIT_OK : EXIT_USAGE;
}
