// The one stream of the page: the newest look at the stores and a few minutes of samples, as signals. It runs while
// an operator is logged in and the page is visible, reconnects by itself, and checks the session if the server
// refuses it.
import { computed, effect, signal } from '@preact/signals';
import { request } from './api.ts';
import {
  addSample,
  isStale,
  joinSamples,
  type Look,
  lookAgeMs,
  type Sample,
  type StoreName,
  sampleOf,
  storeAgeMs,
} from './live-look.ts';
import { noteServerTime, serverNowTicking, tick } from './server-clock.ts';
import { session } from './session-state.ts';

const URL = '/admin/v1/live';
const RETRY_MS = 1000;
/** A connection that died without a word: the server sends a look each second at least. */
const SILENCE_MAX_MS = 6000;

export const look = signal<Look | null>(null);
export const samples = signal<readonly Sample[]>([]);
/** Whether the stream is open at the moment. */
export const connected = signal(false);
/** By the server's clock; null: nothing came yet. */
export const ageMs = computed(() => (look.value === null ? null : lookAgeMs(look.value, serverNowTicking())));
export const stale = computed(() => isStale(ageMs.value));

/**
 * Another text after each move of any coupon: what was read before is old. What the stream has of a coupon needs no
 * reading at all.
 */
export const changes = computed(() => `${look.value?.changes ?? ''} ${look.value?.heldDrafts?.join() ?? ''}`);
/** Which stores answer: what was read while one did not is read again if this changes. */
export const answering = computed(() => `${look.value?.mysql} ${look.value?.redis}`);

/** Whether what is shown of a store is too old to pass for new. */
export function isOld(store: StoreName): boolean {
  if (stale.value) return true;
  return look.value !== null && isStale(storeAgeMs(look.value, store, serverNowTicking()));
}

let source: EventSource | null = null;
let retry: ReturnType<typeof setTimeout> | undefined;
let heardMs = 0;

/** For ever; the page calls it once. */
export function followLive(): void {
  const hidden = signal(document.hidden);
  document.addEventListener('visibilitychange', () => {
    hidden.value = document.hidden;
  });
  effect(() => {
    // A browser allows six connections to a server: pages in the background must not hold them.
    if (session.value && !hidden.value) open();
    else if (session.value) pause();
    else close();
  });
  effect(() => {
    if (tick.value - heardMs > SILENCE_MAX_MS && source !== null) reopen();
  });
}

function open(): void {
  if (source !== null) return;
  heardMs = Date.now();
  source = new EventSource(URL);
  source.addEventListener('look', ({ data }: MessageEvent<string>) => {
    const next = JSON.parse(data) as Look;
    heardMs = Date.now();
    noteServerTime(next.at);
    connected.value = true;
    look.value = next;
    samples.value = addSample(samples.peek(), sampleOf(next));
  });
  source.addEventListener('history', ({ data }: MessageEvent<string>) => {
    const { samples: history } = JSON.parse(data) as { samples: Sample[] };
    samples.value = joinSamples(samples.peek(), history);
  });
  source.addEventListener('error', () => {
    connected.value = false;
    // Not 200: the browser does not try again by itself.
    if (source?.readyState === EventSource.CLOSED) reopen();
  });
}

/** Not disconnected: the next look is asked for as soon as the page is visible. */
function pause(): void {
  clearTimeout(retry);
  source?.close();
  source = null;
}

function close(): void {
  pause();
  connected.value = false;
}

function reopen(): void {
  close();
  retry = setTimeout(() => {
    // If the session has ended, this says so, and the login appears.
    request('GET', '/admin/v1/status').catch(() => undefined);
    if (session.peek()) open();
  }, RETRY_MS);
}

/** The coupon in the newest look. A coupon that is neither loaded nor waiting is in none. */
export function couponInLook(couponId: number) {
  return look.value?.coupons.find(({ id }) => id === couponId) ?? null;
}
