// The command line itself: what commander makes of it, before any work is done.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Command, CommanderError } from 'commander';
import { createProgram } from '../../../src/commands/program.ts';
import { version } from '../../../src/project.ts';

/** Parses without running anything: a command line that is right ends in the error of a missing store, or in help. */
async function parse(line: string): Promise<{ exitCode: number; out: string; err: string }> {
  const program = createProgram();
  let out = '';
  let err = '';
  const redirect = (command: Command): void => {
    command.configureOutput({
      writeOut: (text) => {
        out += text;
      },
      writeErr: (text) => {
        err += text;
      },
    });
    command.commands.forEach(redirect);
  };
  redirect(program);
  try {
    await program.parseAsync(line.split(' '), { from: 'user' });
    return { exitCode: 0, out, err };
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return { exitCode: error.exitCode, out, err };
  }
}

test('--version prints the version of package.json', async () => {
  assert.deepEqual(await parse('--version'), { exitCode: 0, out: `${version}\n`, err: '' });
});

test('help is on each level, on standard output', async () => {
  const lines: string[] = [];
  const collect = (command: Command, path: string): void => {
    for (const sub of command.commands) {
      lines.push(`${path}${sub.name()}`);
      collect(sub, `${path}${sub.name()} `);
    }
  };
  collect(createProgram(), '');
  assert.ok(lines.length > 25, `${lines.length} commands`);
  for (const line of lines) {
    const { exitCode, out, err } = await parse(`${line} --help`);
    assert.deepEqual([exitCode, err], [0, ''], line);
    assert.match(out, new RegExp(`^Usage: couponrush ${line} `), line);
  }
});

test('what is wrong with a command line is named', async () => {
  const wrong: [string, RegExp][] = [
    ['coupon create --stock 1 --discount 5', /--name/],
    ['coupon create --name x --stock 0 --discount 5', /integer from 1/],
    ['coupon create --name x --stock 1 --discount 101%', /percentage from 1% to 100%/],
    ['coupon create --name x --stock 1 --discount 0', /positive amount/],
    ['coupon create --name x --stock 1 --discount 5 --opens-at 2026-05-01T12:00', /It must be a time like/],
    ['coupon create --name x --stock 1 --discount 5 --opens-at 2027-02-30T00:00:00Z', /It must be a time like/],
    ['coupon create --name x --stock 1 --discount 5 --opens-at 2026-13-01T12:00Z', /It must be a time like/],
    ['coupon create --name x --stock 1 --discount 5 --opens-at none', /It must be a time like/],
    ['coupon edit 1 --opens-at +20x', /It must be a time like/],
    ['coupon winners 1 --format xml', /Allowed choices are csv, jsonl/],
    ['coupon pause', /give either the argument 'couponId', or --all$/m],
    ['coupon pause 3 --all', /give either the argument 'couponId', or --all$/m],
    ['coupon pause --all --if-version 3', /'--if-version' is for one coupon/],
    ['coupon stop', /unknown command 'stop'\n\(Did you mean pause\?/],
    ['coupon stop 2 --yes', /unknown command 'stop'\n\(Did you mean pause\?/],
    ['coupon pause 007', /integer from 1/],
    ['coupon revoke 1', /userId/],
    ['coupon close 1 --wait -1', /integer from 0/],
    ['dead resolve 1 1-1', /--reason/],
    ['status --interval 0', /integer from 1/],
  ];
  for (const [line, expected] of wrong) {
    const { exitCode, out, err } = await parse(line);
    assert.deepEqual([exitCode > 0, out], [true, ''], line);
    assert.match(err, expected, line);
  }
});
