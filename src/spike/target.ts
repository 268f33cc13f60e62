// The server that a burst goes to, as one address: looked up once, so that no connection of the burst waits for a
// resolver.
import { lookup } from 'node:dns/promises';
import { connect, isIP } from 'node:net';

export interface Target {
  readonly address: string;
  readonly port: number;
  /** Name to ask for over TLS; null: plain HTTP. An address has none, and is asked for as ''. */
  readonly tlsName: string | null;
  /** Of the issue route, with the path of the base URL in front. */
  readonly path: string;
  /** As the Host header has it. */
  readonly host: string;
}

const PROBE_WITHIN_MS = 2000;

/** @throws the resolver's error if the name is unknown */
export async function findTarget(url: string, couponId: number): Promise<Target> {
  const { protocol, hostname, port, pathname, host } = new URL(`${url}/api/v2/me/coupons/${couponId}/issue`);
  const secure = protocol === 'https:';
  const name = hostname.replace(/^\[|\]$/g, '');
  const portNumber = Number(port) || (secure ? 443 : 80);
  return {
    address: isIP(name) ? name : await reachableAddress(name, portNumber),
    port: portNumber,
    tlsName: secure ? (isIP(name) ? '' : name) : null,
    path: pathname,
    host,
  };
}

/** A name can have several addresses, of which the server serves one: `localhost` is ::1 and 127.0.0.1. */
async function reachableAddress(name: string, port: number): Promise<string> {
  const reached = await new Promise<string | undefined>((resolve) => {
    const probe = connect({ host: name, port, timeout: PROBE_WITHIN_MS });
    const settle = () => {
      const { remoteAddress } = probe;
      probe.destroy();
      resolve(remoteAddress);
    };
    probe.once('connect', settle).once('timeout', settle).once('error', settle);
  });
  return reached ?? (await lookup(name)).address;
}
