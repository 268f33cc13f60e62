// What is wrong now, as a look shows it: read from a Prometheus, or found by the server's own health checks.

export interface FiringAlert {
  /** Of the rule in prometheus/alerts. */
  readonly name: string;
  readonly severity: 'critical' | 'warning' | 'info';
  readonly summary: string;
  /** Anchor of its section in docs/runbook.md. */
  readonly runbook: string | null;
}

export interface Alerts {
  readonly source: 'prometheus' | 'server';
  /** ISO 8601: when they were read or checked. */
  readonly at: string;
  /** Why Prometheus was not the source, if there is one; null otherwise. */
  readonly problem: string | null;
  /** The worst first. */
  readonly firing: readonly FiringAlert[];
}

const ORDER = ['critical', 'warning', 'info'];

export function bySeverity(alerts: readonly FiringAlert[]): FiringAlert[] {
  return [...alerts].sort(
    (a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity) || (a.name < b.name ? -1 : 1),
  );
}
