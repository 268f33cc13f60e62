// couponrush migrate
import { type Command, InvalidArgumentError } from 'commander';
import { readRuntime } from '../local/runtime-file.ts';
import { createLogger } from '../log.ts';
import { checkMysqlForStart } from '../store/check.ts';
import { pendingMigrations } from '../store/migrate.ts';
import { migrateSchema } from '../store/migrate-schema.ts';
import { act, CommandFailure, EXIT_OK } from './action.ts';
import { dryRunOption } from './coupon/slips.ts';
import { migrateUserIds } from './migrate-user-ids.ts';
import { print, printJson } from './output.ts';
import { refuseRemote } from './stores.ts';

export function addMigrate(program: Command): void {
  program
    .command('migrate')
    .summary('bring the schema of MySQL up to date')
    .description(
      `Applies what is new in sql/, once. npm start does the same; this is for a deployment that separates both. With
MYSQL_MIGRATION_URL set, that user does it, and grants the user of MYSQL_URL the rights that the server needs.`,
    )
    .option(
      '--user-ids <type>',
      'text: turn user ids that are numbers into texts; all servers must be stopped',
      userIdsOption,
    )
    .option(...dryRunOption)
    .option('--json', 'print one JSON object')
    .action((options: { userIds?: 'text'; dryRun?: boolean; json?: boolean }) =>
      act(
        options,
        async (config) => {
          refuseRemote(config);
          if (options.userIds) return migrateUserIds(config, options);
          const { mysqlUrl, mysqlMigrationUrl } = config.mysqlUrl ? config : (readRuntime(config.dataDir) ?? config);
          if (!mysqlUrl) {
            throw new CommandFailure('there is no MySQL: start the server here with npm start, or set MYSQL_URL');
          }
          if (options.dryRun) {
            const pending = await pendingMigrations(mysqlMigrationUrl ?? mysqlUrl);
            if (options.json) printJson({ ok: true, dryRun: true, pending });
            else
              print(
                pending.length === 0
                  ? 'The schema is up to date.'
                  : `Nothing is changed. Pending: ${pending.join(', ')}`,
              );
            return EXIT_OK;
          }
          await checkMysqlForStart({ mysqlUrl, mysqlMigrationUrl }, { connections: 0 });
          const applied = await migrateSchema(mysqlUrl, mysqlMigrationUrl, createLogger('command', 'error'));
          if (options.json) printJson({ ok: true, applied });
          else print(applied === 0 ? 'The schema is up to date.' : `${applied} migrations are applied.`);
          return EXIT_OK;
        },
        { mysqlOnly: true },
      ),
    );
}

function userIdsOption(type: string): 'text' {
  if (type === 'text') return type;
  throw new InvalidArgumentError('It can be text: ids that are texts can not become numbers.');
}
