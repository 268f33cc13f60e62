// The files that are made from the code: `npm run docs` writes them, and a test fails when one is not current.
import { describeConfig, loadConfig, type SettingDescription } from '../config.ts';
import { metricsDocument } from '../metrics/document.ts';
import { aclFile } from '../redis/acl-file.ts';
import { othersOfHttpWorker, othersOfServer, redisConnections } from '../redis/connection-budget.ts';
import { mysqlConnections, poolSizes } from '../store/connection-budget.ts';
import { grantsFile } from '../store/rights.ts';
import { adminDocument } from './admin-document.ts';
import { consoleTypes, type Description } from './console-types.ts';
import { issueDocument } from './issue-api.ts';

/** Path from the project's root, and content. */
export function generatedFiles(): ReadonlyMap<string, string> {
  const settings = describeConfig();
  return new Map([
    ['docs/openapi-issue.json', json(issueDocument('trust', 'http://127.0.0.1:8080'))],
    ['docs/openapi-admin.json', json(adminDocument('http://127.0.0.1:8081'))],
    ['console/src/api-types.ts', consoleTypes(adminDocument('/') as Description)],
    ['docs/configuration.md', configurationPage(settings)],
    ['docs/metrics.md', metricsDocument()],
    ['.env.example', exampleFile(settings)],
    ['deploy/redis-users.acl', aclFile()],
    ['deploy/mysql-grants.sql', grantsFile()],
  ]);
}

function configurationPage(settings: readonly SettingDescription[]): string {
  const rows = settings.map(
    ({ name, accepts, fallback, meaning, secret, mayBeFile }) =>
      `| \`${name}\`${mayBeFile ? ` or \`${name}_FILE\`` : ''} | ${cell(fallback)} | ${cell(meaning)}${secret ? ' (secret)' : ''} | ${cell(accepts)} |`,
  );
  return `# Configuration

Made from the table in \`src/settings.ts\` by \`npm run docs\`.

Every setting is an environment variable, read once at the start; the files of keys, certificates and the admin token
are read again at SIGHUP. A malformed value, an unknown variable that begins with
\`COUPONRUSH_\`, or two settings that contradict each other keep the server from starting; all problems are listed at once.
\`npm run cli -- config print\` shows what is in effect, where it comes from, and masks secrets.

The names that operators share with other software are plain; what begins with \`COUPONRUSH_\` is tuning, and its defaults
are meant for one machine with four cores. A secret may be handed over as a file: \`REDIS_URL_FILE=/run/secrets/redis_url\` reads
\`REDIS_URL\` from there.

| variable | default | meaning | accepts |
|---|---|---|---|
${rows.join('\n')}

${connectionsSection()}`;
}

function connectionsSection(): string {
  const defaults = loadConfig({});
  const { issuing, gate, watch, admin, events } = poolSizes;
  return `## Connections

What one server opens at most. A server that may not open so many is not started: see \`max_connections\` and
\`max_user_connections\` of MySQL, \`maxclients\` of Redis. With several servers on the same stores, add theirs up; each command that
runs beside them takes up to four of MySQL and one of Redis.

| store | connections | with the defaults |
|---|---|---|
| MySQL | \`WORKERS\` × (\`COUPONRUSH_READ_CONNECTIONS\` + ${issuing}) + \`COUPONRUSH_INSERT_THREADS\` + ${gate + watch + admin + events} | ${mysqlConnections(defaults)} |
| Redis | \`WORKERS\` × (\`COUPONRUSH_REDIS_CONNECTIONS\` + ${othersOfHttpWorker}) + ${othersOfServer} | ${redisConnections(defaults)} |
`;
}

function exampleFile(settings: readonly SettingDescription[]): string {
  const blocks = settings.map(({ name, accepts, fallback, meaning, isLiteral }) =>
    [`# ${meaning}`, `# (${accepts}; default: ${fallback})`, `#${name}=${isLiteral ? fallback : ''}`].join('\n'),
  );
  return `# Settings of couponrush, each with its default. Made from src/settings.ts by \`npm run docs\`.
# couponrush reads the environment only: \`set -a; . ./.env; set +a; npm start\`, or env_file in Docker Compose.

${blocks.join('\n\n')}
`;
}

function json(document: object): string {
  return `${JSON.stringify(document, null, 2)}\n`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
