// Hosts and ports as people and URLs write them: an IPv6 address stands in brackets.

/** `127.0.0.1:8080`, `[::1]:8080`. */
export function hostAndPort(host: string, port: number | string): string {
  return `${host.includes(':') && !host.startsWith('[') ? `[${host}]` : host}:${port}`;
}

/** Base of a server's URLs, without a slash at its end. */
export function baseUrl(address: {
  readonly host: string;
  readonly port: number | string;
  readonly tls: boolean;
}): string {
  return `${address.tls ? 'https' : 'http'}://${hostAndPort(address.host, address.port)}`;
}

/** Base of the issue API for one who asks from this machine. */
export function issueUrl(server: {
  readonly host: string;
  readonly port: number;
  readonly tlsCertFile: string | null;
}): string {
  return baseUrl({ host: reachableHost(server.host), port: server.port, tls: server.tlsCertFile !== null });
}

/** Address at which a server on this machine can be asked that listens on `host`, which may stand for every address. */
export function reachableHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  return /^\[?[0:]+\]?$/.test(host) && host.includes(':') ? '::1' : host;
}

/** A URL's host as a program takes it as an argument: without brackets. */
export function bareHost(hostname: string): string {
  return hostname.replace(/^\[(.*)\]$/, '$1');
}

/** Whether only this machine can reach it, or be reached by it. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}
