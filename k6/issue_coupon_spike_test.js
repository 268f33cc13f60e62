// The reference spike: 2,000 users press the button at once, 1,000 coupons are there for them.
//   k6 run k6/issue_coupon_spike_test.js
//   BASE_URL=http://shop.example:8080 K6_WEB_DASHBOARD=true k6 run k6/issue_coupon_spike_test.js
// A second run against the same coupon finds it sold out: half of its requests no longer succeed, and the threshold on
// http_req_failed fails. Begin with a fresh coupon 1 of stock 1,000.
import { check } from 'k6';
import exec from 'k6/execution';
import http from 'k6/http';

const USERS = 2000;
const COUPON_ID = 1;
/** Before the number of each user, e.g. `k6|`, for a server with USER_ID_TYPE=text. */
const USER_PREFIX = __ENV.USER_PREFIX || '';
const BASE_URL = (__ENV.BASE_URL || 'http://localhost:8080').replace(/\/+$/, '');

export const options = {
  scenarios: {
    rush: {
      executor: 'per-vu-iterations',
      vus: USERS,
      iterations: 1,
      maxDuration: '1m',
    },
  },
  summaryTrendStats: ['min', 'avg', 'med', 'p(90)', 'p(99)', 'max'],
  thresholds: {
    http_req_duration: ['p(99)<2000'],
    // k6 counts every 4xx as failed: 1,000 of 2,000 are refused, because the coupon is sold out.
    http_req_failed: ['rate<0.51'],
  },
};

export default function askForCoupon() {
  // VU numbers begin with 1, so each user is somebody else.
  const userId = exec.vu.idInTest;
  const answer = http.post(`${BASE_URL}/api/v2/me/coupons/${COUPON_ID}/issue`, null, {
    headers: { 'Content-Type': 'application/json', 'Commerce-User-Id': `${USER_PREFIX}${userId}` },
    timeout: '30s',
  });
  check(answer, {
    'status is 201 or 400': ({ status }) => status === 201 || status === 400,
    'status is not 500': ({ status }) => status !== 500,
  });
}
