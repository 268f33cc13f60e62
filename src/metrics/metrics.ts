// All metrics of one server's process: a registry, and the families that count into it. Made by the entry points, which
// hand each room the families that it counts with. Two of them share nothing, so two servers in one process don't mix
// their figures.
import { BatchMetrics } from './batches.ts';
import { BuildMetrics } from './build.ts';
import { CouponMetrics } from './coupons.ts';
import { DeadLetterMetrics } from './dead-letters.ts';
import { DecisionMetrics } from './decisions.ts';
import { EngineMetrics } from './engine.ts';
import { EventMetrics } from './events.ts';
import { GateMetrics } from './gate.ts';
import { HostMetrics } from './host.ts';
import { IdentityMetrics } from './identities.ts';
import { InsertMetrics } from './inserts.ts';
import { MysqlPoolMetrics } from './mysql-pool.ts';
import { OutboxMetrics } from './outbox.ts';
import { ProcessMetrics } from './process.ts';
import { RedisCommandMetrics } from './redis-commands.ts';
import { RedisPoolMetrics } from './redis-pool.ts';
import { MetricsRegistry } from './registry.ts';
import { RequestMetrics } from './requests.ts';
import { SettingMetrics } from './settings.ts';
import { ShedMetrics } from './sheds.ts';
import { StoreMetrics } from './stores.ts';
import { VerifyMetrics } from './verify.ts';
import { WorkerMetrics } from './workers.ts';

/** Every family there is, whichever process has it. */
const families = {
  batches: BatchMetrics,
  build: BuildMetrics,
  coupons: CouponMetrics,
  deadLetters: DeadLetterMetrics,
  decisions: DecisionMetrics,
  engine: EngineMetrics,
  events: EventMetrics,
  gate: GateMetrics,
  host: HostMetrics,
  identities: IdentityMetrics,
  inserts: InsertMetrics,
  mysqlPools: MysqlPoolMetrics,
  outbox: OutboxMetrics,
  process: ProcessMetrics,
  redisCommands: RedisCommandMetrics,
  redisPools: RedisPoolMetrics,
  requests: RequestMetrics,
  settings: SettingMetrics,
  sheds: ShedMetrics,
  stores: StoreMetrics,
  verify: VerifyMetrics,
  workers: WorkerMetrics,
} as const;

export type FamilyName = keyof typeof families;
export const familyNames = Object.keys(families) as FamilyName[];

export type Metrics = { readonly registry: MetricsRegistry } & {
  readonly [Name in FamilyName]: InstanceType<(typeof families)[Name]>;
};

/** A family is in the registry from its first use on: a process reports nothing about what it does not do. */
export function createMetrics(): Metrics {
  const registry = new MetricsRegistry();
  const metrics = { registry };
  for (const name of familyNames) {
    let family: object | null = null;
    Object.defineProperty(metrics, name, {
      get() {
        family ??= new families[name](registry);
        return family;
      },
    });
  }
  return metrics as Metrics;
}
