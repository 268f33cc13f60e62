// GET /openapi.json: the description of the issue API, for anyone.
import type { OpenRoute } from '../server.ts';

/** @param describe called at the first request: a worker that starts has better things to do */
export function openapiRoute(describe: () => object): OpenRoute {
  let document: string | null = null;
  return (exchange) => {
    document ??= JSON.stringify(describe());
    exchange.json('200 OK', document);
  };
}
