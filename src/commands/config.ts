// couponrush config print
import type { Command } from 'commander';
import { type Config, type ExplainedSetting, explainConfig } from '../config.ts';
import { readRuntime } from '../local/runtime-file.ts';
import { act, EXIT_OK } from './action.ts';
import { withAdmin } from './admin-client.ts';
import { print, printJson, table } from './output.ts';

interface Found {
  readonly settings: readonly ExplainedSetting[];
  readonly from: 'server' | 'shell';
  readonly sentence: string;
}

export function addConfig(program: Command): void {
  program
    .command('config')
    .summary('the settings that are in effect')
    .description('Settings come from the environment; docs/configuration.md describes each.')
    .command('print')
    .summary('each setting of the server, its value, and where it comes from')
    .description(
      'Prints what the server of COUPONRUSH_ADMIN_URL runs with, ' +
        'else the one that was started in this folder; without one, ' +
        'what a server started from this shell would run with. Secrets are masked.',
    )
    .option('--json', 'print one JSON object')
    .action((options: { json?: boolean }) =>
      act(options, async (config) => {
        const { settings, from, sentence } = await findSettings(config);
        if (options.json) printJson({ from, settings });
        else {
          const rows = settings.map(({ name, value, origin }) => [name, value, origin]);
          print(`${sentence}\n\n${table([['setting', 'value', 'origin'], ...rows])}`);
        }
        return EXIT_OK;
      }),
    );
}

async function findSettings(config: Config): Promise<Found> {
  if (config.adminUrl !== null) {
    const { settings } = await withAdmin(config, (admin) => admin.get<Pick<Found, 'settings'>>('/settings'));
    return { settings, from: 'server', sentence: `The server of ${config.adminUrl} runs with:` };
  }
  const runtime = readRuntime(config.dataDir);
  if (runtime?.settings) {
    return { settings: runtime.settings, from: 'server', sentence: `The server on ${runtime.url} runs with:` };
  }
  return { settings: explainConfig(), from: 'shell', sentence: 'A server started from this shell would run with:' };
}
