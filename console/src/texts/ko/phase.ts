import type { phase as english } from '../en/phase.ts';

export const phase = {
  draft: '초안',
  scheduled: '예정',
  open: '진행 중',
  'sold-out': '소진',
  paused: '일시 중지',
  ended: '기간 종료',
  closed: '마감',
  archived: '보관됨',
  unknown: '알 수 없음',
  held: '보류',
  rehearsal: '리허설',
  percent: '{amount}% 할인',
  fixed: '{amount} 할인',
  leftOf: '{total}개 중 {left}개 남음',
  coupon: '쿠폰 {id}',
} as const satisfies Record<keyof typeof english, string>;
