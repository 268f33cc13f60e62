// All commands. Each lives in a file of its own that adds it to the program; see action.ts for errors and exit codes.
import { Command } from 'commander';
import { version } from '../project.ts';
import { addAudit } from './audit.ts';
import { addConfig } from './config.ts';
import { addCoupon } from './coupon/program.ts';
import { addDead } from './dead.ts';
import { addInstallation } from './installation.ts';
import { addMigrate } from './migrate.ts';
import { addOperators } from './operators.ts';
import { addRebuild } from './rebuild.ts';
import { addReport } from './report.ts';
import { addSpike } from './spike.ts';
import { addStart } from './start.ts';
import { addStatus } from './status.ts';
import { addUser } from './user.ts';
import { addVerify } from './verify.ts';

export function createProgram(): Command {
  const program = new Command('couponrush')
    .description('First-come-first-served coupon server: commands for its operators.')
    .version(version, '-V, --version', 'print the version')
    .showHelpAfterError('(add --help for what is possible)')
    .configureHelp({ showGlobalOptions: true })
    // Inherited by the commands that are added below.
    .exitOverride();
  addStart(program);
  addCoupon(program);
  addStatus(program);
  addVerify(program);
  addDead(program);
  addRebuild(program);
  addUser(program);
  addReport(program);
  addAudit(program);
  addOperators(program);
  addConfig(program);
  addInstallation(program);
  addMigrate(program);
  addSpike(program);
  return program;
}
