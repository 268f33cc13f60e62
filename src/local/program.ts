// A server's program: of this machine, or in a container.
import type { ServerLaunch } from './server-process.ts';

export type LocalServersMode = 'auto' | 'binaries' | 'docker';
export type MysqlFlavour = 'mariadb' | 'mysql';

/** A server's program, and where it runs: on this machine, or in a container that sees a folder under another name. */
export interface Program {
  /** Folder, port and address as they must be given to the server itself. */
  place(folder: string, port: number): { folder: string; port: number; address: string };
  /** @param port on this machine; null if the program only works on files */
  launch(args: readonly string[], folder: string, port: number | null): ServerLaunch;
  /** Removes what still runs for `folder` outside our child processes. */
  clear(folder: string): Promise<void>;
}

export interface MysqlProgram extends Program {
  readonly flavour: MysqlFlavour;
  /** MariaDB creates its data by a program of its own. */
  readonly installDb: string | null;
}

export interface Programs {
  readonly redis: Program | null;
  readonly mysql: MysqlProgram | null;
}

export interface Wanted {
  readonly redis: boolean;
  readonly mysql: boolean;
  /** Who made the data that are there. */
  readonly flavour: MysqlFlavour | null;
  readonly mode: LocalServersMode;
  /** Where the output of an installation is kept. */
  readonly logDir: string;
  readonly progress: (line: string) => void;
}

export function isRecent(version: string, oldest: readonly [number, number]): boolean {
  const [, major, minor] = /(\d+)\.(\d+)/.exec(version) ?? [];
  if (major === undefined) return false;
  return Number(major) > oldest[0] || (Number(major) === oldest[0] && Number(minor) >= oldest[1]);
}
