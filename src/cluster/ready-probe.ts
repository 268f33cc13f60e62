// Asks our own /readyz. Over HTTPS it does not check the certificate: it is our own port, and the name in the
// certificate is the one that users know.
import { request as overHttp } from 'node:http';
import { request as overHttps } from 'node:https';
import { reachableHost } from '../address.ts';

const TIMEOUT_MS = 2000;

export function isReady(address: {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
}): Promise<boolean> {
  const { port, tls } = address;
  const host = reachableHost(address.host);
  return new Promise((resolve) => {
    const request = (tls ? overHttps : overHttp)({
      host,
      port,
      path: '/readyz',
      agent: false,
      timeout: TIMEOUT_MS,
      ...(tls ? { rejectUnauthorized: false } : {}),
    });
    request.on('response', (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(false));
    request.end();
  });
}
