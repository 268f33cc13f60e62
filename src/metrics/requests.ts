// Requests: what was answered, and how long it took from the arrival of the headers until the answer was handed to the
// kernel. One addition each, on the path of every request (see tally.ts).
import { type MetricsRegistry, value } from './registry.ts';
import { TallyHistogram } from './tally.ts';

export const routes = ['issue', 'holding', 'list', 'view', 'health', 'other'] as const;
export type Route = (typeof routes)[number];

/**
 * `granted` and `refused` are what an event is about. `rejected`: the client's fault, or a limit on it. `unavailable`:
 * asked to retry later, nothing was issued. `unknown`: the deadline passed. `answered`: any success but a grant.
 */
export const classes = ['granted', 'refused', 'rejected', 'unavailable', 'unknown', 'answered'] as const;
export type OutcomeClass = (typeof classes)[number];

const classOf = {
  granted: 'granted',
  /** The same answer again to the same Idempotency-Key. */
  replayed: 'answered',
  ok: 'answered',
  already_issued: 'refused',
  revoked: 'refused',
  sold_out: 'refused',
  not_open: 'refused',
  closed: 'refused',
  unknown_coupon: 'refused',
  not_issued: 'answered',
  bad_request: 'rejected',
  unauthenticated: 'rejected',
  not_found: 'rejected',
  method_not_allowed: 'rejected',
  headers_too_large: 'rejected',
  key_reused: 'rejected',
  rate_limited: 'rejected',
  not_ready: 'unavailable',
  overloaded: 'unavailable',
  unknown: 'unknown',
} as const satisfies Record<string, OutcomeClass>;

export type Outcome = keyof typeof classOf;
export const outcomes = Object.keys(classOf) as Outcome[];

function indexes<T extends string>(names: readonly T[]): Readonly<Record<T, number>> {
  return Object.fromEntries(names.map((name, index) => [name, index])) as Record<T, number>;
}

const routeIndex = indexes(routes);
const outcomeIndex = indexes(outcomes);
const classIndex = outcomes.map((outcome) => classes.indexOf(classOf[outcome]));

/** 3 s is the bound of an alert, 2 s that of a request. */
const BUCKETS_S = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10];

export interface ServerFigures {
  readonly requestsOpen: number;
  readonly connections: number;
  readonly connectionsMax: number;
}

export class RequestMetrics {
  readonly #counts = new Float64Array(routes.length * outcomes.length);
  readonly #abandoned = new Float64Array(routes.length);
  readonly #durations: TallyHistogram<'route' | 'class'>;
  #server: (() => ServerFigures) | null = null;

  constructor(registry: MetricsRegistry) {
    this.#durations = new TallyHistogram(registry, {
      name: 'request_duration_seconds',
      help: 'Time from the arrival of a request until its answer, by route and class of the outcome.',
      labels: ['route', 'class'],
      buckets: BUCKETS_S,
      series: routes.flatMap((route) => classes.map((name) => ({ route, class: name }))),
      expected: ({ route, class: name }) => route === 'issue' && name !== 'answered',
    });
    this.#declareCounts(registry);
    this.#declareServer(registry);
  }

  /** @param durationMs since the arrival */
  countAnswer(route: Route, outcome: Outcome, durationMs: number): void {
    const counts = this.#counts;
    const outcomeAt = outcomeIndex[outcome];
    const index = routeIndex[route] * outcomes.length + outcomeAt;
    counts[index] = (counts[index] as number) + 1;
    this.#durations.tally(routeIndex[route] * classes.length + (classIndex[outcomeAt] as number), durationMs / 1000);
  }

  /** The client left before it was answered. */
  countAbandoned(route: Route): void {
    const abandoned = this.#abandoned;
    abandoned[routeIndex[route]] = (abandoned[routeIndex[route]] as number) + 1;
  }

  watchServer(read: () => ServerFigures): void {
    this.#server = read;
  }

  #declareCounts(registry: MetricsRegistry): void {
    const counts = this.#counts;
    registry.readCounter(
      {
        name: 'requests_total',
        help: 'Answers given, by route and outcome. sold_out, already_issued and the other refusals are no errors.',
        labels: ['route', 'outcome'],
      },
      function* () {
        for (const route of routes) {
          for (const outcome of outcomes) {
            const count = counts[routeIndex[route] * outcomes.length + outcomeIndex[outcome]] as number;
            // The issue route is complete from the start: what was never counted can't be seen to rise.
            if (route === 'issue' || count > 0) yield { labels: { route, outcome }, value: count };
          }
        }
      },
    );
    registry.readCounter(
      {
        name: 'requests_abandoned_total',
        help: 'Requests whose client left before the answer.',
        labels: ['route'],
      },
      () => routes.map((route) => ({ labels: { route }, value: this.#abandoned[routeIndex[route]] as number })),
    );
  }

  #declareServer(registry: MetricsRegistry): void {
    const gauge = (name: string, help: string, key: keyof ServerFigures) =>
      registry.readGauge({ name, help, combine: 'sum' }, () => (this.#server ? value(this.#server()[key]) : []));
    gauge('requests_in_flight', 'Requests that wait for their answer.', 'requestsOpen');
    gauge('client_connections', 'Open connections of clients.', 'connections');
    gauge('client_connections_limit', 'Client connections that the limit of open files allows.', 'connectionsMax');
  }
}
