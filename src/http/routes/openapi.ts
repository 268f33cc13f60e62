// GET /openapi.json: the description of the issue API, for anyone.
import type { OpenRoute } from '../server.ts';

export function openapiRoute(document: string): OpenRoute {
  return (exchange) => exchange.json('200 OK', document);
}
