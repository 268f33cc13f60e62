// @ts-check
// The files that settings name, checked before a minute of installing and compiling. What is in them is for the server.
import { accessSync, constants } from 'node:fs';

/** Settings whose file must exist before the start. A test compares them with src/settings.ts. */
export const fileSettings = [
  'ADMIN_TOKEN_FILE',
  'COUPONRUSH_OPERATORS_FILE',
  'REDIS_CA_FILE',
  'MYSQL_CA_FILE',
  'TLS_CERT_FILE',
  'TLS_KEY_FILE',
  'JWT_KEY_FILE',
  'HMAC_KEYS_FILE',
];
/** Read in this IDENTITY_MODE only. @type {Readonly<Record<string, string>>} */
const modeOf = { JWT_KEY_FILE: 'jwt', HMAC_KEYS_FILE: 'hmac' };
const OPERATORS_HINT = '; make it with `npm run cli -- operator add NAME --role admin`';

/** @param {NodeJS.ProcessEnv} env @returns {string | null} why the server could not start, in one sentence */
export function unreadableFile(env) {
  for (const name of fileSettings) {
    const mode = modeOf[name];
    if (mode !== undefined && (env.IDENTITY_MODE || 'trust') !== mode) continue;
    try {
      if (env[name]) accessSync(env[name], constants.R_OK);
    } catch (error) {
      const { code, message } = /** @type {NodeJS.ErrnoException} */ (error);
      const hint = name === 'COUPONRUSH_OPERATORS_FILE' && code === 'ENOENT' ? OPERATORS_HINT : '';
      return `${name} can't be read: ${message}${hint}`;
    }
  }
  return null;
}
