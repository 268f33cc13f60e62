// A network of its own for couponrush, joined to ours by one cable for each neighbour. Unplugging one is a true
// partition: packets vanish, and neither end is notified. Only root on Linux can make one.
import { execFileSync } from 'node:child_process';
import type { Scope } from './servers.ts';

export interface NetworkNamespace {
  /** In front of a command that is to run inside. */
  readonly through: readonly string[];
  /** Ours and its end of this cable, as addresses. */
  address(cable: number): { readonly ours: string; readonly theirs: string };
  unplug(cable: number): void;
  plugIn(cable: number): void;
}

const ip = (...args: string[]) => execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] });

/** Why there can't be one here; null if there can. */
export function whyNoNamespace(): string | null {
  if (process.platform !== 'linux' || process.getuid?.() !== 0)
    return 'only root on Linux can make a network namespace';
  const name = `crprobe${process.pid}`;
  try {
    ip('netns', 'add', name);
    ip('netns', 'del', name);
    return null;
  } catch (error) {
    return `no network namespace can be made here: ${(error as Error).message}`;
  }
}

export function createNamespace(t: Scope, cables: number): NetworkNamespace {
  const id = process.pid % 10_000;
  const name = `cr${id}`;
  const link = (cable: number) => `cr${id}c${cable}`;
  // Another test run on this machine may have cables of its own.
  const net = `10.${64 + (process.pid % 128)}`;
  const address = (cable: number) => ({ ours: `${net}.${cable}.1`, theirs: `${net}.${cable}.2` });
  ip('netns', 'add', name);
  // The kernel would take the cables with the namespace, but in its own time: the next test uses their addresses again.
  const laid: string[] = [];
  t.after(async () => {
    for (const cable of laid) ip('link', 'del', cable);
    ip('netns', 'del', name);
  });
  ip('-n', name, 'link', 'set', 'lo', 'up');
  for (let cable = 0; cable < cables; cable++) {
    const { ours, theirs } = address(cable);
    ip('link', 'add', link(cable), 'type', 'veth', 'peer', 'name', `${link(cable)}n`, 'netns', name);
    laid.push(link(cable));
    ip('addr', 'add', `${ours}/30`, 'dev', link(cable));
    ip('link', 'set', link(cable), 'up');
    ip('-n', name, 'addr', 'add', `${theirs}/30`, 'dev', `${link(cable)}n`);
    ip('-n', name, 'link', 'set', `${link(cable)}n`, 'up');
  }
  return {
    through: ['ip', 'netns', 'exec', name],
    address,
    unplug: (cable) => void ip('link', 'set', link(cable), 'down'),
    plugIn: (cable) => void ip('link', 'set', link(cable), 'up'),
  };
}
