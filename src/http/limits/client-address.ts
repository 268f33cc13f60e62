// Where a request really comes from. This is the peer of the connection, unless the peer is a proxy that the operator
// trusts: then it is the right-most address of X-Forwarded-For that is no such proxy. Anyone could have written what
// stands left of it.
import ipaddr from 'ipaddr.js';

type Range = [ipaddr.IPv4 | ipaddr.IPv6, number];

/** @throws Error if one is no CIDR block */
export function parseRanges(blocks: readonly string[]): Range[] {
  return blocks.map((block) => {
    if (ipaddr.isValidCIDR(block)) return ipaddr.parseCIDR(block);
    const address = parse(block);
    if (!address) throw new Error(`${block} is neither an address nor a CIDR block`);
    return [address, address.kind() === 'ipv4' ? 32 : 128];
  });
}

export class ClientAddresses {
  readonly #trusted: readonly Range[];

  constructor(trusted: readonly Range[]) {
    this.#trusted = trusted;
  }

  /**
   * The key of a limit: an IPv4 address, or the /64 network of an IPv6 one, of which one client may have all addresses.
   * @param peer of the connection, as text
   * @param forwardedFor all X-Forwarded-For headers in order, joined by commas
   */
  keyOf(peer: string, forwardedFor: string | undefined): string {
    let address = parse(peer);
    if (!address) return 'unknown';
    if (forwardedFor !== undefined && this.#isTrusted(address)) {
      for (const hop of forwardedFor.split(',').reverse()) {
        const before = parse(hop.trim());
        // A proxy of ours writes addresses only: what is none was not written by it.
        if (!before) break;
        address = before;
        if (!this.#isTrusted(address)) break;
      }
    }
    if (address.kind() === 'ipv4') return address.toString();
    return `${(address as ipaddr.IPv6).parts
      .slice(0, 4)
      .map((part) => part.toString(16))
      .join(':')}::/64`;
  }

  #isTrusted(address: ipaddr.IPv4 | ipaddr.IPv6): boolean {
    return this.#trusted.some(([network, bits]) => network.kind() === address.kind() && address.match(network, bits));
  }
}

/** An IPv4 address written as IPv6 becomes IPv4. null if it is no address; a port, as some proxies add, is dropped. */
function parse(text: string): ipaddr.IPv4 | ipaddr.IPv6 | null {
  const bare = /^\[([^\]]+)\](?::\d+)?$/.exec(text)?.[1] ?? /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(text)?.[1] ?? text;
  if (ipaddr.IPv4.isValidFourPartDecimal(bare)) return ipaddr.IPv4.parse(bare);
  if (!ipaddr.IPv6.isValid(bare)) return null;
  const address = ipaddr.IPv6.parse(bare);
  return address.isIPv4MappedAddress() ? address.toIPv4Address() : address;
}
