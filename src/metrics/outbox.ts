// The way of a grant from Redis to MySQL: what waits, for how long, and what the persister did.
import { type MetricsRegistry, value } from './registry.ts';
import { TallyHistogram } from './tally.ts';

export interface OutboxFigures {
  readonly rowsInHand: number;
  readonly rowsInHandLimit: number;
  readonly acknowledgedEntries: number;
  readonly claimedEntries: number;
  readonly lostEntries: number;
}

export interface BacklogFigures {
  readonly entries: number;
  /** At most: from the oldest number that waits to the newest one given. */
  readonly rows: number;
  readonly oldestAgeMs: number;
}

export class OutboxMetrics {
  #persister: (() => OutboxFigures) | null = null;
  #backlog: ReadonlyMap<number, BacklogFigures> = new Map();
  #rowsLimit: number | null = null;
  readonly #delays: TallyHistogram<never>;

  constructor(registry: MetricsRegistry) {
    this.#declarePersister(registry);
    this.#declareBacklog(registry);
    this.#delays = new TallyHistogram(registry, {
      name: 'granted_to_row_seconds',
      help: 'Time from a grant until its row was committed, by the clock of Redis: one observation for each row.',
      labels: [],
      buckets: [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 300, 1800],
      series: [{}],
    });
  }

  watchPersister(read: () => OutboxFigures): void {
    this.#persister = read;
  }

  /** @param limit rows of one coupon at which issuing answers 503 */
  showBacklog(figures: ReadonlyMap<number, BacklogFigures>, limit: number): void {
    this.#backlog = figures;
    this.#rowsLimit = limit;
  }

  /** @param delayMs clocks are never quite equal: a negative delay counts as 0 */
  countGrantedToRow(delayMs: number, rows: number): void {
    this.#delays.tally(0, Math.max(0, delayMs) / 1000, rows);
  }

  #declarePersister(registry: MetricsRegistry): void {
    const read = (key: keyof OutboxFigures) => () => (this.#persister ? value(this.#persister()[key]) : []);
    registry.readGauge(
      {
        name: 'persister_rows_in_hand',
        help: 'Rows that the persister has read and not acknowledged.',
        combine: 'sum',
      },
      read('rowsInHand'),
    );
    registry.readGauge(
      {
        name: 'persister_rows_in_hand_limit',
        help: 'Rows in hand at which the persister stops reading.',
        combine: 'sum',
      },
      read('rowsInHandLimit'),
    );
    registry.readCounter(
      { name: 'outbox_acknowledged_entries_total', help: 'Outbox entries whose rows are in MySQL.' },
      read('acknowledgedEntries'),
    );
    registry.readCounter(
      { name: 'outbox_claimed_entries_total', help: 'Outbox entries taken over from a silent persister.' },
      read('claimedEntries'),
    );
    registry.readCounter(
      {
        name: 'outbox_lost_entries_total',
        help: 'Outbox entries that were deleted before they were written: data loss.',
      },
      read('lostEntries'),
    );
  }

  #declareBacklog(registry: MetricsRegistry): void {
    const gauge = (name: string, help: string, of: (figures: BacklogFigures) => number) =>
      registry.readGauge({ name, help, labels: ['coupon'], combine: 'one' }, () =>
        [...this.#backlog].map(([coupon, figures]) => ({ labels: { coupon: String(coupon) }, value: of(figures) })),
      );
    gauge('outbox_entries', 'Entries in the outbox of a coupon.', ({ entries }) => entries);
    gauge('outbox_rows', 'Coupons in the outbox that MySQL does not have yet, at most.', ({ rows }) => rows);
    gauge(
      'outbox_oldest_age_seconds',
      'Time since the oldest grant in the outbox of a coupon, by the clock of Redis; 0 where nothing waits.',
      ({ oldestAgeMs }) => oldestAgeMs / 1000,
    );
    registry.readGauge(
      {
        name: 'outbox_rows_limit',
        help: 'Coupons in the outbox of one coupon beyond which issuing answers 503.',
        combine: 'one',
      },
      () => (this.#rowsLimit === null ? [] : value(this.#rowsLimit)),
    );
  }
}
