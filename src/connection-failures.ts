// Why a connection to a store did not come about: the errors of Node's sockets and TLS, for Redis and MySQL alike.
// Pure. MySQL's client replaces the codes of TLS errors by its own, so those are distinguished by OpenSSL's text.
import type { StoreAddress, Trouble } from './unusable-store.ts';

interface Failure {
  /** Of the code, or of the message. */
  readonly pattern: RegExp;
  readonly curable: boolean;
  readonly reason: (address: StoreAddress, message: string) => string;
}

const scheme = ({ store }: StoreAddress, tls: boolean): string => `${store.toLowerCase()}${tls ? 's' : ''}://`;
const caVariable = ({ store }: StoreAddress): string => `${store.toUpperCase()}_CA_FILE`;

const failures: readonly Failure[] = [
  {
    pattern: /^ECONNREFUSED$/,
    curable: true,
    reason: ({ variable }) =>
      `can't be reached: the connection was refused; is it running, and is the address in ${variable} right?`,
  },
  {
    pattern: /^(ENOTFOUND|EAI_AGAIN|EAI_NODATA|EAI_NONAME)$/,
    curable: true,
    reason: ({ variable }) =>
      `can't be reached: its host name is not known here; check the name in ${variable}, and DNS`,
  },
  {
    pattern: /^(EHOSTUNREACH|ENETUNREACH|EHOSTDOWN|EADDRNOTAVAIL)$/,
    curable: true,
    reason: () => "can't be reached: there is no route to its address; check the network",
  },
  {
    pattern: /^(ETIMEDOUT|QUERY_TIMEOUT)$|command timed out|socket timeout/i,
    curable: true,
    reason: ({ variable }) =>
      `can't be reached: it did not answer in time; is it overloaded or suspended, does ` +
      `a firewall drop the packets, or is another service at the address in ${variable}?`,
  },
  {
    pattern: /tlsv13 alert certificate required|alert bad certificate/i,
    curable: false,
    reason: () => 'demands a client certificate, and couponrush has none: let it accept clients without one',
  },
  {
    pattern: /does not match certificate's altnames/i,
    curable: false,
    reason: ({ variable }, message) =>
      `has a certificate for another name (${oneLine(message)}): use a name in ${variable} that is in the certificate`,
  },
  {
    pattern: /self[- ]signed certificate|unable to (get|verify)|unknown ca|certificate signature failure/i,
    curable: false,
    reason: (address, message) =>
      `has a certificate of an authority that is not known here (${oneLine(message)}): ` +
      `set ${caVariable(address)} to the authority's certificate`,
  },
  {
    pattern: /certificate has expired|certificate is not yet valid/i,
    curable: false,
    reason: (_, message) =>
      `has a certificate that is not valid now (${oneLine(message)}): renew it, or correct this machine's clock`,
  },
  {
    pattern: /^HANDSHAKE_NO_SSL_SUPPORT$/,
    curable: false,
    reason: (address) => speaksNoTls(address).reason,
  },
  {
    pattern: /^(ECONNRESET|EPIPE|PROTOCOL_CONNECTION_LOST)$|connection is closed|connection lost|socket disconnected/i,
    curable: true,
    reason: () => "can't be reached: it closed the connection before it answered",
  },
  {
    pattern: /^(EPROTO|HANDSHAKE_SSL_ERROR)$|^ERR_(SSL|TLS)_|SSL routines/,
    curable: false,
    reason: (_, message) => `and couponrush find no way to speak TLS with each other (${oneLine(message)})`,
  },
];

/** A TLS URL, and a server that does not speak it. */
export function speaksNoTls(address: StoreAddress): Trouble {
  const plain = scheme(address, false);
  return {
    reason: `does not speak TLS: begin ${address.variable} with ${plain}, or turn TLS on in the server`,
    curable: false,
  };
}

/** A plain URL, and a server that speaks TLS only. */
export function speaksTls(address: StoreAddress): Trouble {
  return { reason: `speaks TLS only: begin ${address.variable} with ${scheme(address, true)}`, curable: false };
}

/** @returns null for what is no failure of the connection */
export function describeConnectionFailure(address: StoreAddress, error: unknown): Trouble | null {
  const { code, message, syscall, path } = (error ?? {}) as NodeJS.ErrnoException;
  const text = message ?? String(error);
  if (syscall === 'open') {
    return { reason: `can't be asked: ${caVariable(address)} ${path} can't be read (${code})`, curable: false };
  }
  const found =
    failures.find(({ pattern }) => typeof code === 'string' && pattern.test(code) && !isGeneric(code)) ??
    failures.find(({ pattern }) => pattern.test(text)) ??
    failures.find(({ pattern }) => typeof code === 'string' && pattern.test(code));
  return found ? { reason: found.reason(address, text), curable: found.curable } : null;
}

/** Says no more than that TLS failed: the text is more exact. */
function isGeneric(code: string): boolean {
  return /^(EPROTO|HANDSHAKE_SSL_ERROR)$|^ERR_(SSL|TLS)_/.test(code);
}

function oneLine(message: string): string {
  return message
    .replace(/^[0-9A-F]+:error:[0-9A-F]+:/, '')
    .replace(/\s+/g, ' ')
    .trim();
}
