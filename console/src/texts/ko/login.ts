import type { login as english } from '../en/login.ts';

export const login = {
  title: '운영자 로그인',
  token: '토큰',
  tokenHint: '관리자에게 받은 토큰, 또는 서버 시작 시 안내된 파일의 토큰입니다.',
  tokenMissing: '토큰을 입력하세요.',
  name: '이름 (선택)',
  nameHint: '공용 토큰을 쓸 때 감사 기록에 남을 이름입니다.',
  nameProblem: '영문자, 숫자, _ . @ + - 만 쓸 수 있습니다.',
  enter: '로그인',
  ended: '세션이 끝났습니다',
  endedText: '다시 로그인하세요. 입력한 내용은 그대로 있습니다.',
} as const satisfies Record<keyof typeof english, string>;
