// Asks the stores, the server's counters and a Prometheus, each at its own pace, and none is waited for by another: who
// is silent is said to be so, and the others go on.
import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import { OperationalError } from '../../errors.ts';
import { redisOutage } from '../../redis/failures.ts';
import type { Statements } from '../../store/database.ts';
import { listNewestResults } from '../../store/tables/audit.ts';
import { LOADED_STATES, listCoupons } from '../../store/tables/coupons.ts';
import { countUnfinished } from '../../store/tables/erased-users.ts';
import type { Alerts, FiringAlert } from './alerts.ts';
import { Asked } from './asked.ts';
import { HealthChecks, type HealthFacts } from './health-checks.ts';
import { type Look, lookOf, type MysqlFigures, type Sequences } from './look.ts';
import { prometheusProblem, readPrometheusAlerts } from './prometheus-alerts.ts';
import { COUPONS_MAX, type RedisFigures, readRedisFigures, refreshRedisFigures } from './redis-figures.ts';
import { Samples } from './samples.ts';
import { ServerSamples } from './server-figures.ts';
import { readServerMetrics, type ServerMetrics } from './server-metrics.ts';

/** It is not proven that the stores belong together. */
export interface Unproven {
  readonly reason: string;
  /** Redis is ours, and MySQL may be another's. */
  readonly allowsBrake: boolean;
}

export interface LiveSources {
  readonly redis: Redis;
  readonly database: Pick<Statements, 'query'>;
  /** Where the server publishes its counters; null: it does not. */
  readonly metricsUrl: string | null;
  /** Where alerts are read from; null: the server's own health checks are shown. */
  readonly prometheusUrl: string | null;
  /** Why the stores may not be asked now; null if they may. */
  readonly refusal: () => Promise<Unproven | null>;
  /** Called with what is no outage. */
  readonly onDefect: (error: unknown) => void;
}

/** The whole of each store; a little less than a second, as timers are late. */
const EVERY_MS = 950;
const PROMETHEUS_EVERY_MS = 5000;
/** Silence that is shown as such. A look comes within 1.5 s of a store's last answer, and says so. */
const STORE_PATIENCE_MS = 700;
const METRICS_PATIENCE_MS = 2500;
const RATES_SPAN_MS = 3000;
/** Moves are committed in another order than their records are numbered, and some are settled later. */
const RESULTS_COMPARED = 30;
/** So long after the last coupon was issued it is still a rush. */
const RUSH_MS = 3000;

class Refused extends OperationalError {
  constructor(reason: string) {
    super('ANOTHER_INSTALLATION', 'transient', reason);
  }
}

export class LiveWatch {
  readonly #sources: LiveSources;
  readonly #fromMysql: Asked<MysqlFigures>;
  readonly #fromRedis: Asked<RedisFigures>;
  readonly #fromServer = new Asked<ServerMetrics>(METRICS_PATIENCE_MS);
  readonly #fromPrometheus: Asked<{ readonly at: string; readonly firing: FiringAlert[] }>;
  readonly #sequences = new Samples<Sequences>(RATES_SPAN_MS);
  readonly #samples = new ServerSamples();
  readonly #checks = new HealthChecks();
  /** By coupon: when it was last seen to be issued. */
  readonly #issuedMs = new Map<number, number>();
  /** When each was last asked as a whole. */
  readonly #askedMs = { mysql: -Infinity, redis: -Infinity, metrics: -Infinity, prometheus: -Infinity };
  #refusal: string | null = null;
  #problem: string | null = null;

  constructor(sources: LiveSources) {
    const onFailure = (error: unknown) => {
      if (!(error instanceof OperationalError) && redisOutage(error) === null) sources.onDefect(error);
    };
    this.#sources = sources;
    this.#fromMysql = new Asked(STORE_PATIENCE_MS, onFailure);
    this.#fromRedis = new Asked(STORE_PATIENCE_MS, onFailure);
    this.#fromPrometheus = new Asked(METRICS_PATIENCE_MS, (error) => {
      this.#problem = prometheusProblem(error);
    });
  }

  isRush(nowMs: number): boolean {
    return [...this.#issuedMs.values()].some((issuedMs) => nowMs - issuedMs < RUSH_MS);
  }

  /** Asks what it is time for. Resolves when both stores have answered or failed. @param nowMs monotonic */
  async ask(nowMs: number): Promise<void> {
    this.#askServer(nowMs);
    await Promise.all([this.#askMysql(nowMs), this.#askRedis(nowMs)]);
    // Redis has said by now which installation the counters must be of.
    this.#askServer(nowMs);
  }

  look(nowMs: number): Look {
    const server = this.#fromServer.answers(nowMs) ? this.#samples.figures() : null;
    const seen = {
      fromMysql: this.#fromMysql,
      fromRedis: this.#fromRedis,
      refusal: this.#refusal,
      sequences: this.#sequences,
    };
    return lookOf({ nowMs, ...seen, server, alerts: this.#alerts(nowMs) });
  }

  async #askMysql(nowMs: number): Promise<void> {
    if (this.#fromMysql.isAsking || nowMs - this.#askedMs.mysql < EVERY_MS) return;
    this.#askedMs.mysql = nowMs;
    const { database, refusal } = this.#sources;
    await this.#fromMysql.ask(async () => {
      const unproven = await refusal();
      if (unproven) throw new Refused(unproven.reason);
      const coupons = await listCoupons(database, { states: LOADED_STATES, limit: COUPONS_MAX });
      const unfinishedErasures = await countUnfinished(database);
      const results = await listNewestResults(database, RESULTS_COMPARED);
      return { coupons, unfinishedErasures, changes: digestOf(results) };
    }, nowMs);
  }

  async #askRedis(nowMs: number): Promise<void> {
    if (this.#fromRedis.isAsking) return;
    const { redis, refusal } = this.#sources;
    const last = this.#fromRedis.answers(nowMs) ? this.#fromRedis.value : null;
    const isWhole = last === null || nowMs - this.#askedMs.redis >= EVERY_MS;
    if (isWhole) this.#askedMs.redis = nowMs;
    const issued = [...this.#issuedMs].filter(([, issuedMs]) => nowMs - issuedMs < RUSH_MS).map(([id]) => id);
    if (!isWhole && issued.length === 0) return;
    const known = this.#fromMysql.answers(nowMs) ? (this.#fromMysql.value?.coupons ?? null) : null;
    await this.#fromRedis.ask(async () => {
      const unproven = await refusal();
      this.#refusal = unproven?.reason ?? null;
      if (unproven && !unproven.allowsBrake) throw new Refused(unproven.reason);
      const figures = isWhole
        ? await readRedisFigures(redis, known)
        : await refreshRedisFigures(redis, last, issued, known ?? []);
      this.#noteIssued(figures, nowMs);
      return figures;
    }, nowMs);
  }

  #noteIssued({ atMs, coupons }: RedisFigures, nowMs: number): void {
    const before = this.#sequences.last?.given;
    const given = new Map<number, number>();
    for (const [id, { live }] of coupons) {
      if (!live) continue;
      given.set(id, live.sequence);
      if (live.sequence > (before?.get(id) ?? live.sequence)) this.#issuedMs.set(id, nowMs);
    }
    for (const id of this.#issuedMs.keys()) if (!given.has(id)) this.#issuedMs.delete(id);
    this.#sequences.add({ atMs, given });
  }

  /** Neither is waited for. */
  #askServer(nowMs: number): void {
    const { metricsUrl, prometheusUrl } = this.#sources;
    const claim = this.#fromRedis.value?.claim ?? null;
    if (metricsUrl !== null && claim !== null && nowMs - this.#askedMs.metrics >= EVERY_MS) {
      this.#askedMs.metrics = nowMs;
      void this.#fromServer.ask(async () => {
        const metrics = await readServerMetrics(metricsUrl, claim);
        this.#samples.add(metrics);
        return metrics;
      }, nowMs);
    }
    if (prometheusUrl !== null && nowMs - this.#askedMs.prometheus >= PROMETHEUS_EVERY_MS) {
      this.#askedMs.prometheus = nowMs;
      const at = new Date().toISOString();
      void this.#fromPrometheus.ask(async () => ({ at, firing: await readPrometheusAlerts(prometheusUrl) }), nowMs);
    }
  }

  #alerts(nowMs: number): Alerts {
    // Also while Prometheus answers, so that they know since when something is wrong if it stops.
    const own = this.#checks.check(this.#facts(nowMs), nowMs);
    if (this.#fromPrometheus.answers(nowMs) && this.#fromPrometheus.value) {
      return { source: 'prometheus', problem: null, ...this.#fromPrometheus.value };
    }
    const problem = this.#sources.prometheusUrl === null ? null : this.#problem;
    return { source: 'server', problem, at: new Date().toISOString(), firing: own };
  }

  #facts(nowMs: number): HealthFacts {
    const redisAnswers = this.#fromRedis.answers(nowMs);
    const figures = this.#fromRedis.value;
    const { metricsUrl } = this.#sources;
    const isAsked = metricsUrl !== null && (figures?.claim ?? null) !== null;
    return {
      redisAnswers,
      mysqlAnswers: this.#fromMysql.answers(nowMs),
      mysqlIsAsked: this.#refusal === null,
      gateIsOpen: redisAnswers && figures?.gate === 'open',
      deadLetters: new Map([...(figures?.coupons ?? [])].map(([id, { live }]) => [id, live?.deadLetters ?? 0])),
      server: isAsked ? { answers: this.#fromServer.answers(nowMs), samples: this.#samples } : null,
    };
  }
}

function digestOf(results: readonly object[]): string {
  return createHash('sha1').update(JSON.stringify(results)).digest('base64url');
}
