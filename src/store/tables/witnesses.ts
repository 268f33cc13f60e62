// The table `grant_witness`: HTTP workers to which Redis reported grants (src/rebuild/witness.ts), each until MySQL has
// all of these (src/gate/witnesses.ts).
import type { Statements } from '../database.ts';

type Executes = Pick<Statements, 'execute'>;

/** A process, by name (of the node and the worker) and instance. */
export interface Process {
  readonly name: string;
  /** null: the process has ended. */
  readonly instance: string | null;
}

export interface Standing extends Process {
  /** Up to this question it has declared all that it knows. */
  readonly answered: number;
  /** 1: an earlier process of this name has ended, and MySQL may not have all grants reported to it. */
  readonly ended: number;
  /** 1: it was not heard of for `silentS` seconds. */
  readonly silent: number;
}

export function readStandings(database: Pick<Statements, 'query'>, silentS: number): Promise<Standing[]> {
  return database.query<Standing>(
    `SELECT name, instance, answered, ended, heard_at < UTC_TIMESTAMP(3) - INTERVAL ? SECOND AS silent
       FROM grant_witness`,
    [silentS],
  );
}

export async function registerWitness(database: Executes, name: string, instance: string): Promise<void> {
  await database.execute(
    // From left to right: `ended` depends on the instance that was there before.
    `INSERT INTO grant_witness (name, instance, heard_at, answered, ended) VALUES (?, ?, UTC_TIMESTAMP(3), 0, 0)
      ON DUPLICATE KEY UPDATE ended = IF(instance <=> ?, ended, 1), answered = IF(instance <=> ?, answered, 0),
        instance = ?, heard_at = UTC_TIMESTAMP(3)`,
    [name, instance, instance, instance, instance],
  );
}

/** It is alive, and has answered up to this question. @returns false if it is not registered (any more) */
export async function hearWitness(
  database: Executes,
  name: string,
  instance: string,
  answered: number,
): Promise<boolean> {
  const { affectedRows } = await database.execute(
    `UPDATE grant_witness SET heard_at = UTC_TIMESTAMP(3), answered = GREATEST(answered, ?)
      WHERE name = ? AND instance = ?`,
    [answered, name, instance],
  );
  return affectedRows > 0;
}

/** It ends, and MySQL may not have all grants reported to it. */
export async function endWitness(database: Executes, name: string, instance: string): Promise<void> {
  await database.execute('UPDATE grant_witness SET instance = NULL, ended = 1 WHERE name = ? AND instance = ?', [
    name,
    instance,
  ]);
}

/** Only if it is still ended or silent: its successor has another instance. */
export async function deleteWitness(database: Executes, { name, instance }: Process, silentS: number): Promise<void> {
  await database.execute(
    `DELETE FROM grant_witness WHERE name = ? AND instance <=> ?
        AND (instance IS NULL OR heard_at < UTC_TIMESTAMP(3) - INTERVAL ? SECOND)`,
    [name, instance, silentS],
  );
}

/** MySQL has all grants reported to the process before this one. */
export async function clearEnded(database: Executes, { name, instance }: Process): Promise<void> {
  await database.execute('UPDATE grant_witness SET ended = 0 WHERE name = ? AND instance = ?', [name, instance]);
}
