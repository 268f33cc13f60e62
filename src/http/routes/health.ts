// /livez: the process answers. /readyz: the load balancer may send requests here.
import type { OpenRoute } from '../server.ts';

export interface Readiness {
  readonly ready: boolean;
  /** One word or sentence for each part, e.g. `redis: usable`. */
  readonly checks: Readonly<Record<string, string>>;
}

export function liveRoute(): OpenRoute {
  return (exchange) => exchange.json('200 OK', '{"status":"live"}');
}

export function readyRoute(readiness: () => Readiness | Promise<Readiness>): OpenRoute {
  return async (exchange) => {
    const { ready, checks } = await readiness();
    if (ready) exchange.json('200 OK', JSON.stringify({ status: 'ready', checks }));
    else exchange.problem('NOT_READY', 'Not ready for requests', { members: `"checks":${JSON.stringify(checks)}` });
  };
}
