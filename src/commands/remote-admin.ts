// The admin API of a server, over HTTP or HTTPS. Every wait is bounded; what goes wrong on the way is one sentence.
import { CommandFailure } from './action.ts';
import type { AdminReply, AdminTransport } from './admin-transport.ts';
import { operatorName } from './operator.ts';

/** To the first byte of an answer: verifying and rebuilding millions takes minutes. */
const ANSWER_WITHIN_MS = 280_000;
const NAMES_CERTIFICATE = /^(CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|ERR_TLS|ERR_SSL|HOSTNAME_MISMATCH)/;

/** @param base of the admin API, with or without a slash at its end */
export function remoteAdmin(base: string, token: string): AdminTransport {
  const url = new URL(base);
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw new CommandFailure('COUPONRUSH_ADMIN_URL must be a base like https://coupons.example:8081, and nothing more');
  }
  const place = url.href.replace(/\/+$/, '');
  return {
    place,
    async send({ method, path, body }) {
      // Of the wait for the first byte only: a long list may take its time, and fetch gives up if nothing comes for minutes.
      const patience = new AbortController();
      const timer = setTimeout(() => patience.abort(), ANSWER_WITHIN_MS);
      let response: Response;
      try {
        response = await fetch(`${place}/admin/v1${path}`, {
          method,
          redirect: 'manual',
          signal: patience.signal,
          headers: {
            Authorization: `Bearer ${token}`,
            'X-Operator': operatorName(),
            ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
          },
          ...(body === undefined ? {} : { body }),
        });
      } catch (error) {
        throw unreachable(place, error, method !== 'GET');
      } finally {
        clearTimeout(timer);
      }
      return replyOf(place, response);
    },
  };
}

function replyOf(place: string, response: Response): AdminReply {
  if (response.status >= 300 && response.status < 400) {
    const to = response.headers.get('location') ?? 'nowhere';
    throw new CommandFailure(`${place} redirects to ${to}: set COUPONRUSH_ADMIN_URL to where it leads`);
  }
  return {
    status: response.status,
    mediaType: response.headers.get('content-type') ?? '',
    body: response.body ?? new ReadableStream(),
  };
}

function unreachable(place: string, error: unknown, changes: boolean): CommandFailure {
  const code = codeOf(error);
  if (NAMES_CERTIFICATE.test(code)) {
    const cure = 'if its authority is your own, name its file in NODE_EXTRA_CA_CERTS';
    return new CommandFailure(`the certificate of ${place} is not trusted (${code}): ${cure}`);
  }
  // Whether a request that was sent had its effect is not known.
  const unsettled =
    changes && !BEFORE_SENDING.has(code) ? '. Whether it was done is not known: look before you repeat it' : '';
  return new CommandFailure(`the admin API at ${place} can't be reached: ${reasonOf(error)}${unsettled}`);
}

const BEFORE_SENDING = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

function codeOf(error: unknown): string {
  const { cause } = error as { cause?: { code?: string } };
  return cause?.code ?? (error instanceof Error && error.name === 'AbortError' ? 'ETIMEDOUT' : '');
}

function reasonOf(error: unknown): string {
  const { cause } = error as { cause?: Error & { code?: string } };
  return codeOf(error) || cause?.message || (error as Error).message;
}
