// Everyone presses the button again and again: each user asks five times at once, over as many connections.
//   k6 run k6/retry_storm_test.js
// At most one of the five may be a 201, and a user who got it is never told anything but "already issued" afterwards.
import { check } from 'k6';
import exec from 'k6/execution';
import http from 'k6/http';
import { Counter } from 'k6/metrics';

const USERS = Number(__ENV.USERS || 500);
const COUPON_ID = __ENV.COUPON_ID || '1';
const ASKS = 5;
const FIRST_USER = Number(__ENV.FIRST_USER || 20_000_000);
/** Before the number of each user, e.g. `k6|`, for a server with USER_ID_TYPE=text. */
const USER_PREFIX = __ENV.USER_PREFIX || '';
const BASE_URL = (__ENV.BASE_URL || 'http://localhost:8080').replace(/\/+$/, '');

const winners = new Counter('winners');

export const options = {
  scenarios: {
    storm: { executor: 'per-vu-iterations', vus: USERS, iterations: 1, maxDuration: '1m' },
  },
  // By default k6 opens six connections to one host, which is enough for five requests at once.
  summaryTrendStats: ['min', 'avg', 'med', 'p(90)', 'p(99)', 'max'],
  thresholds: {
    checks: ['rate==1'],
    http_req_duration: ['p(99)<2000'],
  },
};

export default function askAgainAndAgain() {
  const userId = `${USER_PREFIX}${FIRST_USER + exec.vu.idInTest}`;
  const url = `${BASE_URL}/api/v2/me/coupons/${COUPON_ID}/issue`;
  const params = { headers: { 'Commerce-User-Id': userId }, responseCallback: http.expectedStatuses(201, 400) };
  const answers = http.batch(Array.from({ length: ASKS }, () => ['POST', url, null, params]));
  const granted = answers.filter(({ status }) => status === 201).length;
  winners.add(granted);
  check(answers, {
    'every status is 201 or 400': (all) => all.every(({ status }) => status === 201 || status === 400),
    'at most one 201': () => granted <= 1,
  });
  if (granted === 0) return;
  const again = http.post(url, null, params);
  check(again, {
    'a winner is told so': ({ status, body }) => status === 400 && body.includes('ALREADY_ISSUED_COUPON'),
  });
}
