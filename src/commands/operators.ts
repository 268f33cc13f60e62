// couponrush operator add, list, remove: the file of named operators. The file is the server's: if the server can't be
// reached through a folder, add prints the line that belongs into it.
import { appendFileSync, existsSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { isOperatorName, NAME_MEANING, newOperator, OperatorsError, parseOperators } from '../admin/operators.ts';
import { type Role, roles } from '../admin/principal.ts';
import type { Config } from '../config.ts';
import { act, CommandFailure, EXIT_OK, EXIT_USAGE } from './action.ts';
import { print, printJson, table } from './output.ts';

interface FileOptions {
  readonly file?: string;
  readonly json?: boolean;
}

const OWNER_ONLY = 0o600;

export function addOperators(program: Command): void {
  const group = program
    .command('operator')
    .summary('who may use the admin API, in which role')
    .description(
      'Named operators of the admin API, in the file of COUPONRUSH_OPERATORS_FILE. docs/api.md has the roles.',
    );
  addAdd(group);
  addList(group);
  addRemove(group);
}

function fileCommand(group: Command, name: string, summary: string): Command {
  return group
    .command(name)
    .summary(summary)
    .option('--file <path>', 'the file of operators (default: COUPONRUSH_OPERATORS_FILE)')
    .option('--json', 'print one JSON object');
}

function addAdd(group: Command): void {
  fileCommand(group, 'add', 'make a token for an operator, and print it once')
    .description(
      'Makes a token, prints it, and appends the line of the ' +
        'operator to the file; the server reads it within a second. ' +
        'Without a file the line is printed as well, for the file of the server. The token is kept nowhere.',
    )
    .argument('<name>', 'as the audit table shows it', nameOption)
    .addOption(new Option('--role <role>', 'what the operator may do').choices(roles).makeOptionMandatory())
    .action((name: string, options: FileOptions & { role: Role }) =>
      act(options, async (config) => {
        const path = options.file ?? config.operatorsFile;
        const { token, line } = newOperator(name, options.role);
        if (path !== null) append(path, line);
        if (options.json) printJson({ ok: true, name, role: options.role, token, line, file: path });
        else {
          const kept =
            path === null
              ? `Append this line to the server's COUPONRUSH_OPERATORS_FILE:\n${line}`
              : `Its hash is in ${path}.`;
          print(`The token of ${name} (${options.role}), shown only now:\n${token}\n\n${kept}`);
        }
        return EXIT_OK;
      }),
    );
}

function addList(group: Command): void {
  fileCommand(group, 'list', 'the operators of the file').action((options: FileOptions) =>
    act(options, async (config) => {
      const path = fileOf(options, config);
      const operators = parse(path, read(path)).map(({ name, role }) => ({ name, role }));
      if (options.json) printJson({ operators });
      else print(table([['name', 'role'], ...operators.map(({ name, role }) => [name, role])]));
      return EXIT_OK;
    }),
  );
}

function addRemove(group: Command): void {
  fileCommand(group, 'remove', 'take an operator out of the file: the token is wrong from then on')
    .argument('<name>', 'of the operator', nameOption)
    .action((name: string, options: FileOptions) =>
      act(options, async (config) => {
        const path = fileOf(options, config);
        const text = read(path);
        if (!parse(path, text).some((operator) => operator.name === name)) {
          throw new CommandFailure(`there is no operator ${name} in ${path}`);
        }
        const lines = text.split('\n').filter((line) => line.trim().split(/\s+/)[0] !== name);
        replace(path, lines.join('\n'));
        if (options.json) printJson({ ok: true, name });
        else print(`${name} is no operator any more.`);
        return EXIT_OK;
      }),
    );
}

function nameOption(text: string): string {
  if (!isOperatorName(text)) throw new InvalidArgumentError(`It must be ${NAME_MEANING}.`);
  return text;
}

function fileOf({ file }: FileOptions, { operatorsFile }: Config): string {
  const path = file ?? operatorsFile;
  if (path === null) throw new CommandFailure('give --file, or set COUPONRUSH_OPERATORS_FILE', EXIT_USAGE);
  return path;
}

/** Appended, so that two who add at once both remain. */
function append(path: string, line: string): void {
  const before = existsSync(path) ? read(path) : '';
  const gap = before === '' || before.endsWith('\n') ? '' : '\n';
  parse(path, `${before}${gap}${line}\n`);
  changing(path, () => appendFileSync(path, `${gap}${line}\n`, { mode: OWNER_ONLY }));
}

/** Beside the file and renamed: the server never reads half of it. */
function replace(path: string, text: string): void {
  changing(path, () => {
    const draft = `${path}.${process.pid}`;
    writeFileSync(draft, text, { mode: statSync(path).mode });
    renameSync(draft, path);
  });
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new CommandFailure(`the operators can't be read: ${(error as Error).message}`);
  }
}

function changing(path: string, change: () => void): void {
  try {
    change();
  } catch (error) {
    throw new CommandFailure(`${path} can't be changed: ${(error as Error).message}`);
  }
}

function parse(path: string, text: string): ReturnType<typeof parseOperators> {
  try {
    return parseOperators(text, path);
  } catch (error) {
    if (error instanceof OperatorsError) throw new CommandFailure(`${error.message}; nothing was changed`);
    throw error;
  }
}
