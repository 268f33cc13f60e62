// One coupon, its countdown, the button, and what came of it. `?coupon=` and `?lang=` choose.
import { CouponClient, type CouponStatus, type IssueResult } from '/demo/client/index.js';
import { type Language, texts } from './texts.js';

type Outcome = IssueResult | { readonly kind: 'refused'; readonly message: string } | { readonly kind: 'wrongUser' };

const USER_KEY = 'couponrush-demo-user';
const USERS = 1_000_000_000;

const query = new URLSearchParams(location.search);
const couponId = Number(query.get('coupon') ?? 1);
const given = query.get('lang') ?? navigator.language;

let language: Language = given.startsWith('ko') ? 'ko' : 'en';
let status: CouponStatus | null = null;
let outcome: Outcome | null = null;
let pending: 'asking' | 'waiting' | null = null;

function element<T extends HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (!found) throw new Error(`#${id} is missing`);
  return found as T;
}

const userInput = element<HTMLInputElement>('user');
const askButton = element<HTMLButtonElement>('ask');
userInput.value = sessionStorage.getItem(USER_KEY) ?? randomUser();
let client = clientOf(userInput.value);
let stopWatching = watch();

/** One client is one user: what is not settled of an earlier user stays with that one. */
function clientOf(user: string): CouponClient {
  sessionStorage.setItem(USER_KEY, user);
  const baseUrl = document.querySelector<HTMLMetaElement>('meta[name=couponrush-api]')?.content || location.origin;
  return new CouponClient({ baseUrl, headers: () => ({ 'Commerce-User-Id': user }) });
}

function watch(): () => void {
  return client.watch(couponId, (next) => {
    status = next;
    show();
  });
}

function changeUser(user: string): void {
  stopWatching();
  userInput.value = user;
  client = clientOf(user);
  stopWatching = watch();
  outcome = null;
  pending = null;
  show();
}

async function ask(): Promise<void> {
  const asking = client;
  const waitForOpening = status?.state === 'SCHEDULED';
  pending = waitForOpening ? 'waiting' : 'asking';
  outcome = null;
  show();
  const found: Outcome = await asking
    .issue(couponId, { waitForOpening })
    .catch((error: unknown) => ({ kind: 'refused', message: error instanceof Error ? error.message : String(error) }));
  if (asking !== client) return;
  outcome = found;
  pending = null;
  show();
}

function show(): void {
  const text = texts[language];
  document.documentElement.lang = language;
  for (const each of document.querySelectorAll<HTMLElement>('[data-text]')) {
    const key = each.dataset.text as 'demo' | 'kicker' | 'user' | 'other' | 'get';
    if (each !== askButton) write(each, text[key]);
  }
  for (const each of document.querySelectorAll<HTMLElement>('[data-language]')) {
    each.setAttribute('aria-pressed', String(each.dataset.language === language));
  }
  showCoupon();
  const opensLater = status?.state === 'SCHEDULED';
  write(askButton, pending ? text[pending] : opensLater ? text.armed : text.get);
  askButton.dataset.quiet = String(status?.state === 'SOLD_OUT' || status?.state === 'CLOSED');
  askButton.setAttribute('aria-busy', String(pending !== null));
  const result = element('result');
  result.dataset.tone = toneOf(outcome);
  write(result, outcomeText());
}

function showCoupon(): void {
  if (status === null) return;
  const text = texts[language];
  const { coupon, state, opensInMs, online } = status;
  write(element('state'), online ? (state ? text.states[state] : text.noCoupon) : text.offline);
  const countdown = element('countdown');
  countdown.hidden = opensInMs === null || !online;
  if (opensInMs !== null) write(countdown, countdownText(opensInMs));
  if (coupon === null) return;
  const { name, discountType, discountAmount, remaining, total } = coupon;
  const number = (value: number) => value.toLocaleString(language);
  write(element('name'), name ?? '');
  document.title = `${name ?? 'coupon'} · couponrush ${text.demo}`;
  const amount = discountAmount === null ? '' : number(discountAmount) + (discountType === 'PERCENT' ? '%' : '');
  write(element('discount'), amount && text.discount(amount));
  write(element('left'), text.left(number(remaining), number(total)));
  const bar = element<HTMLMeterElement>('bar');
  bar.max = total;
  bar.value = remaining;
}

function outcomeText(): string {
  const text = texts[language];
  if (outcome === null) return '';
  if (outcome.kind === 'refused') return text.refused(outcome.message);
  return outcome.kind === 'wrongUser' ? text.wrongUser : text.result(outcome);
}

function toneOf(of: Outcome | null): string {
  if (of?.kind === 'issued' || of?.kind === 'alreadyIssued') return 'good';
  return of?.kind === 'refused' || of?.kind === 'wrongUser' ? 'bad' : 'note';
}

function countdownText(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0');
  const clock = `${two((seconds / 3600) % 24)}:${two((seconds / 60) % 60)}:${two(seconds % 60)}`;
  return seconds < 86_400 ? clock : `${texts[language].days(Math.floor(seconds / 86_400))} ${clock}`;
}

/** Writes only what differs: a screen reader announces each change of a status. */
function write(into: HTMLElement, text: string): void {
  if (into.textContent !== text) into.textContent = text;
}

function randomUser(): string {
  return String(1 + Math.floor(Math.random() * USERS));
}

element<HTMLFormElement>('form').addEventListener('submit', (event) => {
  event.preventDefault();
  void ask();
});
userInput.addEventListener('change', () => {
  if (userInput.checkValidity()) changeUser(userInput.value);
  else {
    outcome = { kind: 'wrongUser' };
    show();
  }
});
element('other').addEventListener('click', () => changeUser(randomUser()));
for (const each of document.querySelectorAll<HTMLElement>('[data-language]')) {
  each.addEventListener('click', () => {
    language = each.dataset.language as Language;
    show();
  });
}
show();
