// All that the page says, in each of its languages.
import type { CouponState, IssueResult } from '/demo/client/index.js';

export interface Texts {
  readonly demo: string;
  readonly kicker: string;
  readonly get: string;
  readonly armed: string;
  readonly waiting: string;
  readonly asking: string;
  readonly user: string;
  readonly other: string;
  readonly noCoupon: string;
  readonly offline: string;
  readonly wrongUser: string;
  readonly states: Readonly<Record<CouponState, string>>;
  discount(amount: string): string;
  left(remaining: string, total: string): string;
  days(count: number): string;
  result(result: IssueResult): string;
  refused(message: string): string;
}

type Results = { readonly [Kind in IssueResult['kind']]: (result: Extract<IssueResult, { kind: Kind }>) => string };

/** Each kind has its text: a new one does not compile without. */
function say(results: Results): (result: IssueResult) => string {
  return (result) => (results[result.kind] as (result: IssueResult) => string)(result);
}

const en: Texts = {
  demo: 'demo',
  kicker: 'First come, first served',
  get: 'Get the coupon',
  armed: 'Get it when it opens',
  waiting: 'Waiting for the opening …',
  asking: 'Asking …',
  user: 'User',
  other: 'Another user',
  noCoupon: 'There is no such coupon.',
  offline: 'No connection. Trying again …',
  wrongUser: 'A user is a number from 1 on.',
  states: { SCHEDULED: 'Opens in', OPEN: 'Open now', PAUSED: 'Paused', SOLD_OUT: 'Sold out', CLOSED: 'Closed' },
  discount: (amount) => `${amount} off`,
  left: (remaining, total) => `${remaining} of ${total} left`,
  days: (count) => `${count} d`,
  result: say({
    issued: ({ sequence }) => `The coupon is yours: number ${sequence.toLocaleString('en')}.`,
    alreadyIssued: () => 'You already have this coupon.',
    soldOut: () => 'Sold out: all coupons are issued.',
    notOpen: () => 'Not open yet.',
    paused: () => 'Paused. Try again in a moment.',
    closed: () => 'The event is over.',
    revoked: () => 'This coupon was taken back.',
    unknown: ({ mayBeIssued }) =>
      mayBeIssued
        ? 'The outcome is not known yet. Press again to find out: you can not get two.'
        : 'The server is busy, and nothing was issued. Try again.',
  }),
  refused: (message) => `The request was refused. ${message}`,
};

const ko: Texts = {
  demo: '데모',
  kicker: '선착순 쿠폰',
  get: '쿠폰 받기',
  armed: '시작되면 바로 받기',
  waiting: '시작을 기다리는 중 …',
  asking: '확인하는 중 …',
  user: '사용자 번호',
  other: '다른 사용자',
  noCoupon: '없는 쿠폰입니다.',
  offline: '연결이 끊겼습니다. 다시 시도하는 중 …',
  wrongUser: '사용자 번호는 1 이상의 숫자입니다.',
  states: { SCHEDULED: '시작까지', OPEN: '발급 중', PAUSED: '일시 중단', SOLD_OUT: '소진', CLOSED: '종료' },
  discount: (amount) => `${amount} 할인`,
  left: (remaining, total) => `${total}장 중 ${remaining}장 남음`,
  days: (count) => `${count}일`,
  result: say({
    issued: ({ sequence }) => `쿠폰을 받았습니다. ${sequence.toLocaleString('ko')}번째입니다.`,
    alreadyIssued: () => '이미 받은 쿠폰입니다.',
    soldOut: () => '쿠폰이 모두 소진되었습니다.',
    notOpen: () => '아직 시작되지 않았습니다.',
    paused: () => '일시 중단되었습니다. 잠시 후 다시 시도해 주세요.',
    closed: () => '이벤트가 종료되었습니다.',
    revoked: () => '회수된 쿠폰입니다.',
    unknown: ({ mayBeIssued }) =>
      mayBeIssued
        ? '결과를 아직 확인하지 못했습니다. 다시 누르면 확인합니다. 두 번 발급되지는 않습니다.'
        : '서버가 혼잡합니다. 발급되지 않았으니 다시 시도해 주세요.',
  }),
  refused: (message) => `요청이 거절되었습니다. ${message}`,
};

export const texts = { en, ko } as const;
export type Language = keyof typeof texts;
