// Which server answers, read from VERSION(). Pure.

export interface ServerVersion {
  /** As a person says it, e.g. `MariaDB 10.11.6`. */
  readonly name: string;
  /** Null, or what is wrong with it. */
  readonly tooOld: string | null;
}

const OLDEST = { MariaDB: [10, 11], MySQL: [8, 0] } as const;

/** @param text e.g. `8.0.36`, `10.11.6-MariaDB-log`, `5.5.5-10.11.6-MariaDB` (as replication needs it) */
export function readServerVersion(text: string): ServerVersion {
  const product = /mariadb/i.test(text) ? 'MariaDB' : 'MySQL';
  const numbers = /^(?:5\.5\.5-(?=\d))?((\d+)\.(\d+)[\d.]*)/.exec(text);
  if (!numbers) return { name: `${product} ${text}`, tooOld: null };
  const [, version, major, minor] = numbers;
  const [oldestMajor, oldestMinor] = OLDEST[product];
  const old = Number(major) < oldestMajor || (Number(major) === oldestMajor && Number(minor) < oldestMinor);
  return {
    name: `${product} ${version}`,
    tooOld: old ? 'is too old: couponrush needs MySQL 8.0 or later, or MariaDB 10.11 or later' : null,
  };
}
