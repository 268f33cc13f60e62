// What a MySQL or MariaDB that answers refuses, by its error number: for the check at the start. Pure.
import { speaksTls } from '../connection-failures.ts';
import { type StoreAddress, type Trouble, userOf } from '../unusable-store.ts';
import { databaseName } from './connection.ts';

interface Refusal {
  readonly errnos: readonly number[];
  readonly curable: boolean;
  readonly reason: (address: StoreAddress, message: string) => string;
}

const user = ({ url }: StoreAddress): string => `user "${userOf(url)}"`;

const refusals: readonly Refusal[] = [
  {
    errnos: [1045, 1698],
    curable: false,
    reason: (address) =>
      new URL(address.url).password === ''
        ? `refuses ${user(address)} without a password: put it into ` +
          `${address.variable}, as in mysql://user:password@host:port/database`
        : `refuses ${user(address)}: the password in ${address.variable} is wrong, there is ` +
          'no such user for connections from here, or the user must connect by TLS (mysqls://)',
  },
  {
    errnos: [1130],
    curable: false,
    reason: (address, message) => `takes no connection from this machine (${message}): create ${user(address)} for it`,
  },
  {
    errnos: [1129],
    curable: true,
    reason: () => 'has blocked this machine after failed connections: run FLUSH HOSTS there',
  },
  {
    errnos: [1040, 1203, 1226],
    curable: true,
    reason: (_, message) => `has no connection left (${message}): raise max_connections, or end other clients`,
  },
  { errnos: [1053, 1927, 3032], curable: true, reason: () => 'is shutting down' },
  {
    errnos: [1290, 1792, 1836],
    curable: true,
    reason: ({ variable }) => `is read-only: ${variable} must lead to the writer`,
  },
  {
    errnos: [1044, 1142, 1143, 1227, 1370],
    curable: false,
    reason: (address) =>
      `gives ${user(address)} too few rights on database "${databaseName(address.url)}", if there is ` +
      `one of this name: run \`couponrush migrate\` with ` +
      'MYSQL_MIGRATION_URL, or grant those in deploy/mysql-grants.sql',
  },
  {
    errnos: [1049],
    curable: false,
    reason: (address) =>
      `has no database "${databaseName(address.url)}": create it, or correct its name in ${address.variable}`,
  },
  { errnos: [3159], curable: false, reason: (address) => speaksTls(address).reason },
  {
    errnos: [1251, 1156],
    curable: false,
    reason: (address, message) => `asks ${user(address)} for a login that couponrush can't give (${message})`,
  },
];

/** @returns null for what is no refusal of this kind */
export function describeRefusal(address: StoreAddress, error: unknown): Trouble | null {
  const { errno, message = '' } = (error ?? {}) as { errno?: number; message?: string };
  const found = refusals.find(({ errnos }) => errnos.includes(errno ?? 0));
  return found ? { reason: found.reason(address, message), curable: found.curable } : null;
}
