// couponrush installation show | move
import type { Command } from 'commander';
import {
  compareAgain,
  compareInstallations,
  type InstallationView,
  moveInstallation,
} from '../gate/installation-move.ts';
import { act, CommandFailure, EXIT_FAILED, EXIT_OK } from './action.ts';
import { dryRunOption } from './coupon/slips.ts';
import { type Confirmable, confirm } from './operator.ts';
import { print, printJson } from './output.ts';
import { withAnyStores } from './stores.ts';

interface MoveOptions extends Confirmable {
  readonly discard?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

const COMPARED = 'The next server to start compares each coupon with MySQL, and rebuilds it, before it decides.';

export function addInstallation(program: Command): void {
  const installation = program
    .command('installation')
    .summary('which installation Redis and MySQL belong to')
    .description('A Redis belongs to one MySQL: a second deployment on it decides nothing. See docs/operations.md.');
  installation
    .command('show')
    .summary('what Redis and MySQL say')
    .description('Exits with 0 if this Redis belongs to this MySQL, or to no one yet.')
    .option('--json', 'print one JSON object')
    .action((options: { json?: boolean }) =>
      act(options, (config) =>
        withAnyStores(config, async ({ redis, database }) => {
          const view = await compareInstallations(redis, database);
          if (options.json) printJson(view);
          else print(describe(view));
          return view.relation === 'same' || view.relation === 'empty' ? EXIT_OK : EXIT_FAILED;
        }),
      ),
    );
  addMove(installation);
}

function addMove(installation: Command): void {
  installation
    .command('move')
    .summary('make this Redis the one of this MySQL')
    .description(
      'For a Redis that belonged to another installation, or to ' +
        'another copy of this database: a restored backup, a clone. ' +
        'Stop the other deployment first. What Redis has of another ' +
        'installation is removed; what it has of this one is ' +
        'compared with MySQL by the gate, and kept or rebuilt.',
    )
    .option(
      '--discard',
      'also if Redis has grants or pauses of the other installation that its MySQL does not have yet',
    )
    .option(...dryRunOption)
    .option('--yes', 'do not ask')
    .option('--json', 'print one JSON object')
    .action((options: MoveOptions) =>
      act(options, (config) =>
        withAnyStores(config, async ({ redis, database }) => {
          const before = await compareInstallations(redis, database);
          if (before.relation === 'same') {
            const compared = !before.isOwnerConnected && !options.dryRun;
            if (compared) await compareAgain(redis, database);
            if (options.json) printJson({ ok: true, moved: false, compared, ...before });
            else print(`${describe(before)}${compared ? `\n${COMPARED}` : ''}`);
            return EXIT_OK;
          }
          if (before.isOwnerConnected) {
            throw new CommandFailure('a deployment that this Redis belongs to is connected to it: stop that one first');
          }
          const left = before.unwritten + before.unrecordedPauses;
          if (left > 0 && before.relation === 'other' && !options.discard) {
            throw new CommandFailure(
              `Redis has ${before.unwritten} entries and pauses of ${before.unrecordedPauses} coupons that the MySQL ` +
                `of installation ${before.redis} does not have: let that deployment write them, or remove them ` +
                'by --discard',
            );
          }
          const removes = before.relation === 'other' ? 'What it has of the other installation is removed.' : '';
          if (options.dryRun) {
            if (options.json) printJson({ ok: true, dryRun: true, moved: false, ...before });
            else
              print(`Nothing is changed. This Redis would belong to installation ${before.mysql}. ${removes}`.trim());
            return EXIT_OK;
          }
          await confirm(options, `This Redis will belong to installation ${before.mysql}. ${removes}`.trim());
          const { removed } = await moveInstallation(redis, database, before);
          if (options.json) printJson({ ok: true, moved: true, removed, installation: before.mysql });
          else
            print(`This Redis belongs to installation ${before.mysql} now. ${removed} coupons were removed from it.`);
          return EXIT_OK;
        }),
      ),
    );
}

const relations: Readonly<Record<InstallationView['relation'], string>> = {
  same: 'They belong to each other.',
  empty: 'Redis belongs to no installation yet: the first server that starts makes it its own.',
  copy: 'The installation is the same, but this MySQL is another copy of the database: Redis is not its own.',
  other: 'They belong to different installations.',
};

function describe({ redis, mysql, claim, relation, isOwnerConnected }: InstallationView): string {
  return [
    `Redis  ${redis ?? 'no installation'}${claim ? `  (claim ${claim})` : ''}`,
    `MySQL  ${mysql}`,
    relations[relation],
    isOwnerConnected
      ? 'A deployment whose Redis this is is connected.'
      : 'No deployment whose Redis this is is connected.',
  ].join('\n');
}
