import type { gaps as english } from '../en/gaps.ts';

export const gaps = {
  couponMissing: 'MySQL에 이 쿠폰이 없습니다.',
  'couponMissing-do': '맞는 데이터베이스인지 확인하세요. 맞다면 백업에서 쿠폰을 복구하세요.',
  holdersWithoutRow: 'Redis에는 보유자이지만 MySQL 행도, 아웃박스 항목도, 데드레터도 없는 사용자입니다.',
  'holdersWithoutRow-do': '다시 검증하세요. 실행 중인 서버가 대부분 고칩니다. 그대로라면 게이트웨이 로그와 비교하세요.',
  rowsWithoutHolder: 'MySQL 행은 있지만 Redis가 보유자로 세지 않는 사용자입니다.',
  'rowsWithoutHolder-do': 'MySQL을 기준으로 Redis의 쿠폰을 재구성하세요.',
  outboxWithoutHolder: '아웃박스에 있지만 Redis가 보유자로 세지 않는 사용자입니다.',
  'outboxWithoutHolder-do': 'MySQL을 기준으로 Redis의 쿠폰을 재구성하세요.',
  deadWithoutHolder: '데드레터에 있지만 Redis가 보유자로 세지 않는 사용자입니다.',
  'deadWithoutHolder-do': 'MySQL을 기준으로 Redis의 쿠폰을 재구성하세요.',
  revokedHolders: 'MySQL에서는 회수되었지만 Redis에는 남아 있는 보유자입니다.',
  'revokedHolders-do': '회수가 MySQL과 Redis 사이에서 중단되었습니다. 다시 회수하세요.',
  malformedHolders: '보유자 집합에 있는, 사용자 ID가 아닌 값입니다.',
  'malformedHolders-do': '서버가 실행 중이면 몇 초 안에 지웁니다. 다시 검증하세요. 그대로라면 쿠폰을 재구성하세요.',
  malformedEntries: '읽을 수 없는 아웃박스 또는 데드레터 항목입니다.',
  'malformedEntries-do': 'couponrush는 이런 항목을 쓰지 않습니다. 항목을 살펴보고 누가 썼는지 찾으세요.',
  overIssuedRedis: '재고를 넘은 Redis의 보유자입니다.',
  'overIssuedRedis-do':
    '쿠폰이 초과 발급되었을 수 있습니다. 발급을 중지하세요. holdersWithoutRow와 stockMismatchRedis를 보세요.',
  overIssuedMysql: '재고를 넘은 MySQL 행입니다.',
  'overIssuedMysql-do':
    '쿠폰이 초과 발급되었을 수 있습니다. 발급을 중지하세요. 누가 쿠폰을 가질지 정한 뒤, 총 재고를 늘리거나 회수하세요.',
  duplicateRows: '순번이 두 개인 사용자입니다.',
  'duplicateRows-do': '고유 키가 있으면 생길 수 없습니다. 키가 삭제되었는지 확인해 복구하고, 낮은 순번을 남기세요.',
  duplicateSequences: '두 사용자가 가진 순번입니다.',
  'duplicateSequences-do':
    'Redis가 이전 상태로 복구되어 같은 순번을 다시 주었습니다. docs/verify.md의 “Declared loss”를 보세요.',
  sequenceGaps: '발급되었지만 가진 사용자가 없는 순번입니다.',
  'sequenceGaps-do':
    'holdersWithoutRow에 그 사용자가 있습니다. Redis에도 없다면 docs/verify.md의 “Declared loss”를 보세요.',
  sequenceBehind: 'Redis의 카운터가 발급된 가장 큰 순번보다 뒤처진 만큼입니다.',
  'sequenceBehind-do': 'Redis가 데이터를 잃었습니다. MySQL을 기준으로 Redis의 쿠폰을 재구성하세요.',
  stockMismatchMysql: 'coupon.stock의 남은 수량과 행으로 계산한 남은 수량의 차이입니다.',
  'stockMismatchMysql-do':
    '누군가 둘 중 하나를 바꾸었습니다. 아웃박스가 비었을 때 coupon.stock을 계산한 값으로 맞추세요.',
  stockMismatchRedis: 'Redis의 재고와 MySQL의 총 재고의 차이입니다.',
  'stockMismatchRedis-do': 'Redis가 더 크면 2초 안에 자동으로 맞춰집니다. 더 작고 MySQL이 맞으면 쿠폰을 재구성하세요.',
  outboxNotEmpty: '아직 MySQL에 저장되지 않은 아웃박스의 쿠폰입니다.',
  'outboxNotEmpty-do': '기다렸다가 다시 검증하세요. 줄지 않으면 MySQL이나 저장 프로세스가 멈춘 것입니다.',
} as const satisfies Record<keyof typeof english, string>;
