import type { runbook as english } from '../en/runbook.ts';

export const runbook = {
  title: '런북',
  lead: '알림마다 무엇을 해야 하는지 설명합니다. 본문은 영어입니다.',
  contents: '알림 목록',
  before: '시작하기 전에',
  unknown: '런북에 없는 항목입니다',
  unknownText: '목록에서 고르세요.',
} as const satisfies Record<keyof typeof english, string>;
