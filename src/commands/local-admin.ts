// The admin API in the process of a command, without a port: on the stores by REDIS_URL and MYSQL_URL, or those of the
// server that runs from this folder.
import type { Authenticator } from '../admin/authentication.ts';
import { createAdminServer } from '../admin/server.ts';
import type { Config } from '../config.ts';
import type { AdminTransport, Report } from './admin-transport.ts';
import { commandActor, withEitherServer, withServers } from './operator.ts';
import { metricsUrl } from './stores.ts';

/** `eitherStore`: it can do its work with one store, if the other one does not answer. */
export interface LocalNeeds {
  readonly eitherStore?: boolean;
}

export function localAdmin<T>(
  config: Config,
  work: (transport: AdminTransport) => Promise<T>,
  { eitherStore = false }: LocalNeeds = {},
): Promise<T> {
  let listener: Report = () => {};
  const principal = { name: null, role: 'admin', actor: commandActor() } as const;
  const authentication: Authenticator = { check: () => ({ kind: 'allowed', principal }) };
  return (eitherStore ? withEitherServer : withServers)(config, async (servers) => {
    const app = createAdminServer({
      authentication,
      servers,
      openapi: '{}',
      metricsUrl: metricsUrl(config),
      report: (done, total) => listener(done, total),
    });
    try {
      return await work({
        place: 'this machine',
        async send({ method, path, body, report = () => {} }) {
          listener = report;
          const reply = await app.inject({
            method,
            url: `/admin/v1${path}`,
            payloadAsStream: true,
            ...(body === undefined ? {} : { payload: body, headers: { 'content-type': 'application/json' } }),
          });
          const mediaType = String(reply.headers['content-type'] ?? '');
          return { status: reply.statusCode, mediaType, body: reply.stream() };
        },
      });
    } finally {
      await app.close();
    }
  });
}
