import type { errors as english } from '../en/errors.ts';

export const errors = {
  UNREACHABLE: '서버가 응답하지 않습니다. 네트워크를 확인하고 다시 시도하세요.',
  UNEXPECTED: 'couponrush의 응답이 아닙니다. 이 페이지와 서버 사이의 장비를 확인하세요.',
  SESSION_ENDED: '세션이 끝나 아무것도 바뀌지 않았습니다. 다시 시도하세요.',
  BAD_REQUEST: '서버가 요청을 읽지 못했습니다.',
  UNAUTHENTICATED_OPERATOR: '유효하지 않은 토큰입니다.',
  FORBIDDEN_OPERATOR: '이 작업을 할 권한이 없습니다.',
  FORBIDDEN_ORIGIN: '이 서버에서 열린 페이지가 아닙니다. 서버 자신의 주소로 여세요.',
  NOT_FOUND_COUPON: '이 번호의 쿠폰이 없습니다.',
  STATE_CONFLICT: '쿠폰의 상태가 바뀌어 더는 할 수 없습니다.',
  VERSION_CONFLICT:
    '그사이 다른 사람이 이 쿠폰을 변경했습니다. 이번 요청으로 바뀐 것은 없습니다. 확인한 뒤 다시 결정하세요.',
  BELOW_ISSUED: '이미 그보다 많이 발급되었습니다.',
  NOT_DRAINED: '발급된 쿠폰이 아직 모두 MySQL에 저장되지 않았습니다. 잠시 후 다시 시도하세요.',
  NOT_PROVEN: 'Redis와 MySQL이 다릅니다. 먼저 쿠폰을 검증하세요.',
  OPENS_IN_PAST: '시작 시각이 과거입니다.',
  EXPIRES_TOO_EARLY: '이벤트가 끝나기 전에 쿠폰이 만료됩니다.',
  VALIDATION_FAILED: '허용되지 않는 값이 있습니다.',
  NOT_A_REHEARSAL: '리허설용으로 만든 쿠폰이 아닙니다. 리허설용 쿠폰을 고르거나 새로 만드세요.',
  REHEARSAL_RUNNING: '다른 리허설이 진행 중입니다. 끝난 뒤에 시작하세요.',
  NOT_READY: '서버가 아직 준비되지 않았습니다. 아무것도 실행되지 않았습니다.',
  TOO_MANY_REQUESTS: '시도가 너무 많습니다. 1분 뒤에 다시 시도하세요.',
  STORES_AWAY: '저장소가 응답하지 않습니다. 변경하던 중이었다면 반영되었는지 확인한 뒤 다시 시도하세요.',
  OUTCOME_UNKNOWN: '저장소가 제때 응답하지 않았습니다. 처리되었을 수 있으니 확인한 뒤 다시 시도하세요.',
  other: '처리하지 못했습니다 ({code}).',
} as const satisfies Record<keyof typeof english, string>;
