import type { moves as english } from '../en/moves.ts';

export const moves = {
  create: '만들기',
  edit: '수정',
  preload: '불러오기',
  pause: '일시 중지',
  resume: '재개',
  restock: '수량 변경',
  revoke: '회수',
  erase: '삭제',
  close: '마감',
  archive: '보관',
  adopt: '등록',
  rebuild: '재구성',
  redrive: '다시 보내기',
  resolve: '포기 처리',
  restore: '복구',
  rehearse: '리허설',
} satisfies Record<keyof typeof english, string>;
