// The server's own health checks, if there is no Prometheus: the rules of prometheus/alerts that an operator in a rush
// needs, with their names, thresholds and times, so that both say the same. A test compares them with the files.
// What follows from a cause that is shown itself stays silent, as in prometheus/alertmanager.yml.
import { bySeverity, type FiringAlert } from './alerts.ts';
import type { ServerSamples } from './server-figures.ts';
import type { ServerMetrics } from './server-metrics.ts';

export interface HealthFacts {
  readonly redisAnswers: boolean;
  readonly mysqlAnswers: boolean;
  /** false: it may not be asked, as it is not proven whose it is. */
  readonly mysqlIsAsked: boolean;
  readonly gateIsOpen: boolean;
  /** By coupon. */
  readonly deadLetters: ReadonlyMap<number, number>;
  /** null: the server publishes no counters. */
  readonly server: { readonly answers: boolean; readonly samples: ServerSamples } | null;
}

interface Check {
  readonly name: string;
  readonly severity: FiringAlert['severity'];
  /** The trouble must last as long. */
  readonly forSeconds: number;
  /** Of whom it is true: coupons, processes; [''] if it is of everything. */
  readonly subjects: (facts: HealthFacts) => readonly string[];
  /** As the rule's, with the subject in place of the label. */
  readonly summary: (subject: string) => string;
  /** Checks that say why. */
  readonly silencedBy?: readonly string[];
}

/** Part of the outbox's bound. */
export const OUTBOX_RATIO_MAX = 0.7;
export const OUTBOX_AGE_SECONDS_MAX = 60;
export const P99_SECONDS_MAX = 3;
export const ERROR_RATIO_MAX = 0.05;
/** Fewer requests than these say nothing about all. */
export const REQUESTS_MIN = 5;

const always = (isTrue: boolean): readonly string[] => (isTrue ? [''] : []);

export const healthChecks: readonly Check[] = [
  {
    name: 'CouponrushRedisDown',
    severity: 'critical',
    forSeconds: 10,
    subjects: ({ redisAnswers }) => always(!redisAnswers),
    summary: () => 'Redis does not answer',
  },
  {
    name: 'CouponrushGateShut',
    severity: 'critical',
    forSeconds: 30,
    subjects: ({ gateIsOpen }) => always(!gateIsOpen),
    summary: () => 'Redis is not verified against MySQL',
    silencedBy: ['CouponrushRedisDown'],
  },
  {
    name: 'CouponrushMysqlDown',
    severity: 'warning',
    forSeconds: 30,
    subjects: ({ mysqlAnswers, mysqlIsAsked }) => always(mysqlIsAsked && !mysqlAnswers),
    summary: () => 'MySQL takes no writes',
  },
  {
    name: 'CouponrushTargetDown',
    severity: 'critical',
    forSeconds: 30,
    subjects: ({ server }) => always(server !== null && !server.answers),
    summary: () => 'couponrush is not to be seen',
  },
  {
    name: 'CouponrushWorkerDown',
    severity: 'warning',
    forSeconds: 15,
    subjects: (facts) => metricsOf(facts)?.workersDown ?? [],
    summary: (worker) => `The process ${worker} does no work`,
  },
  {
    name: 'CouponrushLatencyHigh',
    severity: 'critical',
    forSeconds: 15,
    subjects: (facts) => {
      const { p99Ms = null, slow = 0 } = samplesOf(facts)?.ofMinute ?? {};
      return always((p99Ms ?? 0) > P99_SECONDS_MAX * 1000 && slow >= REQUESTS_MIN);
    },
    summary: () => 'Issue requests take longer than 3 s',
  },
  {
    name: 'CouponrushErrorRateHigh',
    severity: 'critical',
    forSeconds: 15,
    subjects: (facts) => {
      const { ratio = null, count = 0 } = samplesOf(facts)?.ofMinute.errors ?? {};
      return always((ratio ?? 0) > ERROR_RATIO_MAX && count >= REQUESTS_MIN);
    },
    summary: () => 'More than 5 % of the issue requests are not decided',
    silencedBy: ['CouponrushRedisDown', 'CouponrushGateShut'],
  },
  {
    name: 'CouponrushOutboxNearBound',
    severity: 'critical',
    forSeconds: 0,
    subjects: (facts) => {
      const { outboxRows = new Map<string, number>(), outboxRowsMax = null } = metricsOf(facts) ?? {};
      return namesOf(outboxRows, (rows) => outboxRowsMax !== null && rows / outboxRowsMax > OUTBOX_RATIO_MAX);
    },
    summary: (coupon) => `The outbox of coupon ${coupon} is nearly full`,
  },
  {
    name: 'CouponrushOutboxStalled',
    severity: 'warning',
    forSeconds: 30,
    subjects: (facts) => namesOf(metricsOf(facts)?.outboxAges ?? new Map(), (age) => age > OUTBOX_AGE_SECONDS_MAX),
    summary: (coupon) => `Grants of coupon ${coupon} do not reach MySQL`,
    silencedBy: ['CouponrushRedisDown', 'CouponrushMysqlDown'],
  },
  {
    name: 'CouponrushDeadLetters',
    severity: 'warning',
    forSeconds: 0,
    subjects: ({ deadLetters }) => namesOf(deadLetters, (letters) => letters > 0),
    summary: (coupon) => `MySQL refuses rows of coupon ${coupon}`,
  },
];

/** What a server that does not answer counted before says nothing about now. */
function samplesOf({ server }: HealthFacts): ServerSamples | null {
  return server?.answers ? server.samples : null;
}

function metricsOf(facts: HealthFacts): ServerMetrics | null {
  return samplesOf(facts)?.last ?? null;
}

function namesOf<K>(figures: ReadonlyMap<K, number>, isBad: (figure: number) => boolean): string[] {
  return [...figures].filter(([, figure]) => isBad(figure)).map(([name]) => String(name));
}

export class HealthChecks {
  /** By check and subject: since when it is true. */
  readonly #sinceMs = new Map<string, number>();

  /** @param nowMs monotonic */
  check(facts: HealthFacts, nowMs: number): FiringAlert[] {
    const seen = new Set<string>();
    const firing: FiringAlert[] = [];
    for (const { name, severity, forSeconds, subjects, summary } of healthChecks) {
      for (const subject of subjects(facts)) {
        const key = `${name} ${subject}`;
        seen.add(key);
        const sinceMs = this.#sinceMs.get(key) ?? nowMs;
        this.#sinceMs.set(key, sinceMs);
        if (nowMs - sinceMs < forSeconds * 1000) continue;
        firing.push({ name, severity, summary: summary(subject), runbook: name.toLowerCase() });
      }
    }
    for (const key of this.#sinceMs.keys()) if (!seen.has(key)) this.#sinceMs.delete(key);
    const names = new Set(firing.map(({ name }) => name));
    const silenced = new Set(
      healthChecks
        .filter(({ silencedBy = [] }) => silencedBy.some((cause) => names.has(cause)))
        .map(({ name }) => name),
    );
    return bySeverity(firing.filter(({ name }) => !silenced.has(name)));
  }
}
