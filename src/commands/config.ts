// couponrush config print
import type { Command } from 'commander';
import { explainConfig } from '../config.ts';
import { act, EXIT_OK } from './action.ts';
import { print, printJson, table } from './output.ts';

export function addConfig(program: Command): void {
  program
    .command('config')
    .summary('the settings that are in effect')
    .description('Settings come from the environment; docs/configuration.md describes each.')
    .command('print')
    .summary('each setting, its value, and where it comes from')
    .option('--json', 'print one JSON object')
    .action((options: { json?: boolean }) =>
      act(options, async () => {
        const settings = explainConfig();
        if (options.json) printJson({ settings });
        else {
          const rows = settings.map(({ name, value, origin }) => [name, value, origin]);
          print(table([['setting', 'value', 'origin'], ...rows]));
        }
        return EXIT_OK;
      }),
    );
}
