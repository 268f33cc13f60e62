// What can go wrong in a chaos run: each trouble hits one target, lasts as long as it says, and is undone by itself.
// While a target is in trouble, no other trouble hits it.
import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultProxy } from '../support/fault-proxy.ts';
import type { Scene } from '../support/scene.ts';
import type { ServerControl } from '../support/servers.ts';
import type { Random } from './random.ts';

export interface Trouble {
  readonly target: string;
  /** What it does, for the log of the run. */
  readonly sentence: string;
  /** Resolves when it is over, and the target works again as far as it depends on us. */
  readonly run: () => Promise<void>;
}

type Planner = (random: Random, scene: Scene) => Trouble;

export function planTrouble(random: Random, scene: Scene): Trouble {
  return random.pick(planners)(random, scene);
}

const planners: readonly Planner[] = [
  (random, scene) => killProcess(random, scene, 'http'),
  (random, scene) => killProcess(random, scene, 'persister'),
  (random, scene) => freezeProcess(random, scene, 'http'),
  (random, scene) => freezeProcess(random, scene, 'persister'),
  (random, scene) => killServer(random, 'redis', scene.stores.server),
  (random, scene) => killServer(random, 'mysql', scene.mysql),
  (random, scene) => freezeServer(random, 'redis', scene.stores.server),
  (random, scene) => freezeServer(random, 'mysql', scene.mysql),
  (random, scene) => disturbLink(random, 'link to redis', scene.redisProxy),
  (random, scene) => disturbLink(random, 'link to redis', scene.redisProxy),
  (random, scene) => disturbLink(random, 'link to mysql', scene.mysqlProxy),
];

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It is gone already: by the watchdog, or by a restart of its own.
  }
}

function killProcess(random: Random, { app }: Scene, title: string): Trouble {
  const index = random.between(0, 99);
  return {
    target: title,
    sentence: `kill -9 of a process: ${title}`,
    async run() {
      const pids = app.pids(title);
      if (pids.length > 0) signal(pids[index % pids.length] as number, 'SIGKILL');
    },
  };
}

/** Beyond 2 s the primary's watchdog kills and replaces it. */
function freezeProcess(random: Random, { app }: Scene, title: string): Trouble {
  const index = random.between(0, 99);
  const ms = random.between(50, 3000);
  return {
    target: title,
    sentence: `freeze of a process for ${ms} ms: ${title}`,
    async run() {
      const pids = app.pids(title);
      if (pids.length === 0) return;
      const pid = pids[index % pids.length] as number;
      signal(pid, 'SIGSTOP');
      await sleep(ms);
      signal(pid, 'SIGCONT');
    },
  };
}

type Server = ServerControl & { restart(): Promise<void> };

function killServer(random: Random, target: string, server: Server): Trouble {
  const ms = random.between(0, 1500);
  return {
    target,
    sentence: `kill -9 of ${target}, started again after ${ms} ms`,
    async run() {
      await server.kill();
      await sleep(ms);
      await server.restart();
    },
  };
}

function freezeServer(random: Random, target: string, server: Server): Trouble {
  const ms = random.between(50, 3000);
  return {
    target,
    sentence: `freeze of ${target} for ${ms} ms`,
    async run() {
      await server.freeze();
      await sleep(ms);
      await server.resume();
    },
  };
}

function disturbLink(random: Random, target: string, proxy: FaultProxy): Trouble {
  const ms = random.between(200, 2500);
  const latencyMs = random.between(10, 250);
  const disturbances: readonly [sentence: string, begin: () => void][] = [
    [`latency of ${latencyMs} ms`, () => proxy.latency(latencyMs)],
    ['blackhole', () => proxy.blackhole()],
    ['blackhole, then reset', () => proxy.blackhole()],
    ['5 % resets', () => proxy.resets(0.05)],
    ['slices of 7 bytes', () => proxy.slice(7)],
    ['down', () => proxy.down()],
  ];
  const [sentence, begin] = random.pick(disturbances);
  return {
    target,
    sentence: `${target}: ${sentence} for ${ms} ms`,
    async run() {
      begin();
      await sleep(ms);
      if (sentence.endsWith('reset')) proxy.reset();
      await proxy.heal();
    },
  };
}
