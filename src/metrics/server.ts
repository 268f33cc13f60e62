// GET /metrics at the primary, for all processes. Loopback unless set otherwise: it has no password.
import { createServer, type Server } from 'node:http';
import { Registry } from 'prom-client';
import { CLAIMS_HEADER } from '../claims-header.ts';

const CONNECTIONS_MAX = 20;
const REQUEST_WITHIN_MS = 2000;
const CHECK_EVERY_MS = 500;

export interface MetricsPage {
  readonly text: string;
  /** Of the Redis that this server decides on. */
  readonly claims: readonly string[];
}

export interface MetricsServer {
  close(): void;
}

/** @throws the error of the system if the address can't be bound */
export function serveMetrics(host: string, port: number, read: () => Promise<MetricsPage>): Promise<MetricsServer> {
  const server = createServer({
    requestTimeout: REQUEST_WITHIN_MS,
    headersTimeout: REQUEST_WITHIN_MS,
    // How often both are checked: by default every 30 s, in which a few slow clients hold all connections.
    connectionsCheckingInterval: CHECK_EVERY_MS,
  });
  server.maxConnections = CONNECTIONS_MAX;
  server.on('request', (request, response) => {
    request.resume();
    const path = (request.url ?? '').split('?')[0];
    if (path !== '/metrics') {
      response.writeHead(404, { 'Content-Type': 'text/plain' }).end('metrics are at /metrics\n');
    } else if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405, { Allow: 'GET, HEAD' }).end();
    } else {
      read().then(
        ({ text, claims }) => {
          if (claims.length > 0) response.setHeader(CLAIMS_HEADER, claims.join(', '));
          response.writeHead(200, { 'Content-Type': Registry.PROMETHEUS_CONTENT_TYPE }).end(text);
        },
        (error: unknown) => response.writeHead(500, { 'Content-Type': 'text/plain' }).end(`${String(error)}\n`),
      );
    }
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, exclusive: true }, () => {
      server.off('error', reject);
      server.on('error', () => {});
      resolve({ close: () => closeNow(server) });
    });
  });
}

function closeNow(server: Server): void {
  server.close();
  server.closeAllConnections();
}
