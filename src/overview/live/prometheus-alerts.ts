// The alerts of couponrush that fire in a Prometheus. Its other alerts are not ours to show.
// What it answers is text of others: names are checked, lengths and numbers are bounded.
import { boundedText } from '../bounded-text.ts';
import { bySeverity, type FiringAlert } from './alerts.ts';

const WITHIN_MS = 2000;
const BYTES_MAX = 2 * 1024 * 1024;
const ALERTS_MAX = 50;
const SUMMARY_LENGTH_MAX = 300;
const NAME = /^Couponrush\w{1,64}$/;
const SEVERITIES = ['critical', 'warning', 'info'] as const;

/** @param url of the Prometheus, with a user and password if it wants them. @throws if it has no list of alerts */
export async function readPrometheusAlerts(url: string): Promise<FiringAlert[]> {
  const place = new URL(url);
  const { username, password } = place;
  place.username = place.password = '';
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  const response = await fetch(`${place.href.replace(/\/$/, '')}/api/v1/alerts`, {
    headers: username ? { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` } : {},
    signal: AbortSignal.timeout(WITHIN_MS),
    redirect: 'error',
  });
  if (!response.ok) {
    await response.body?.cancel();
    throw new Error(`it answers ${response.status}`);
  }
  return parseAlerts(await boundedText(response, BYTES_MAX));
}

/** A sentence for the operator, without the URL, which may have a password. */
export function prometheusProblem(error: unknown): string {
  const { name, message, cause } = error as Error & { cause?: { code?: unknown } };
  if (name === 'TimeoutError') return 'Prometheus does not answer';
  if (typeof cause?.code === 'string') return `Prometheus is unreachable (${cause.code})`;
  return name === 'TypeError' ? 'Prometheus is unreachable' : `Prometheus can not be read: ${message}`;
}

export function parseAlerts(text: string): FiringAlert[] {
  let answer: { status?: unknown; data?: { alerts?: unknown } } | null;
  try {
    answer = JSON.parse(text);
  } catch {
    throw new Error('its answer is no JSON');
  }
  const alerts = answer?.data?.alerts;
  if (answer?.status !== 'success' || !Array.isArray(alerts)) throw new Error('its answer has no alerts');
  const found = new Map<string, FiringAlert>();
  for (const alert of alerts) {
    const firing = firingOf(alert);
    if (firing) found.set(`${firing.name} ${firing.summary}`, firing);
  }
  return bySeverity([...found.values()]).slice(0, ALERTS_MAX);
}

function firingOf(alert: unknown): FiringAlert | null {
  const { state, labels, annotations } = Object(alert) as { state?: unknown; labels?: unknown; annotations?: unknown };
  const { alertname, severity } = Object(labels) as { alertname?: unknown; severity?: unknown };
  const { summary, runbook_url: link } = Object(annotations) as { summary?: unknown; runbook_url?: unknown };
  if (state !== 'firing' || typeof alertname !== 'string' || !NAME.test(alertname)) return null;
  return {
    name: alertname,
    severity: SEVERITIES.find((each) => each === severity) ?? 'warning',
    summary: (typeof summary === 'string' ? summary : alertname).slice(0, SUMMARY_LENGTH_MAX),
    runbook: typeof link === 'string' ? (/#([a-z]{1,64})$/.exec(link)?.[1] ?? null) : null,
  };
}
