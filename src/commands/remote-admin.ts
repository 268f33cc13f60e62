// The admin API of a server, over HTTP or HTTPS. Every wait is bounded; what goes wrong on the way is one sentence.
// Not by fetch, which refuses ports that browsers refuse, as 10080.
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { CommandFailure, EXIT_USAGE } from './action.ts';
import type { AdminReply, AdminRequestText, AdminTransport } from './admin-transport.ts';
import { operatorName } from './operator.ts';

const CONNECT_WITHIN_MS = 10_000;
/** Without a byte: verifying and rebuilding millions takes minutes. */
const SILENCE_MAX_MS = 300_000;
const IS_CERTIFICATE = /^(CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|ERR_TLS_CERT)/;
/** Nothing was sent then. */
const BEFORE_SENDING = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'NO_CONNECTION',
]);

/** @param base of the admin API, with or without a slash at its end */
export function remoteAdmin(base: string, token: string): AdminTransport {
  const url = new URL(base);
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    const sentence = 'COUPONRUSH_ADMIN_URL must be a base like https://coupons.example:8081, and nothing more';
    throw new CommandFailure(sentence, EXIT_USAGE);
  }
  const place = url.href.replace(/\/+$/, '');
  return {
    place,
    async send(asked) {
      try {
        return replyOf(place, await exchange(`${place}/admin/v1${asked.path}`, token, asked));
      } catch (error) {
        throw error instanceof CommandFailure ? error : unreachable(place, error, asked.method !== 'GET');
      }
    },
  };
}

function exchange(url: string, token: string, { method, body }: AdminRequestText): Promise<IncomingMessage> {
  const headers = {
    Authorization: `Bearer ${token}`,
    'X-Operator': operatorName(),
    ...(body === undefined ? {} : { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) }),
  };
  return new Promise((resolve, reject) => {
    const request = (url.startsWith('https:') ? requestHttps : requestHttp)(url, { method, headers });
    const fail = (code: string) => request.destroy(Object.assign(new Error(code), { code }));
    request.once('response', resolve).once('error', reject);
    request.setTimeout(SILENCE_MAX_MS, () => fail('ETIMEDOUT'));
    request.once('socket', (socket) => {
      if (!socket.connecting) return;
      const timer = setTimeout(() => fail('NO_CONNECTION'), CONNECT_WITHIN_MS);
      socket.once('connect', () => clearTimeout(timer)).once('close', () => clearTimeout(timer));
    });
    request.end(body);
  });
}

function replyOf(place: string, response: IncomingMessage): AdminReply {
  const { statusCode: status = 0, headers } = response;
  if (status >= 300 && status < 400) {
    response.destroy();
    throw new CommandFailure(`${place} redirects to ${headers.location}: set COUPONRUSH_ADMIN_URL to where it leads`);
  }
  return { status, mediaType: headers['content-type'] ?? '', body: response };
}

function unreachable(place: string, error: unknown, changes: boolean): CommandFailure {
  const { code = '', message } = error as NodeJS.ErrnoException;
  if (IS_CERTIFICATE.test(code)) {
    const cure = 'if its authority is your own, name its file in NODE_EXTRA_CA_CERTS';
    return new CommandFailure(`the certificate of ${place} is not trusted (${code}): ${cure}`);
  }
  const unsettled =
    changes && !BEFORE_SENDING.has(code) ? '. Whether it was done is not known: look before you repeat it' : '';
  return new CommandFailure(`the admin API at ${place} can't be reached: ${code || message}${unsettled}`);
}
