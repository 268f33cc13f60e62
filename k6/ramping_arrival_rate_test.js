// A rush that grows: new users arrive at a rising rate, whether or not the ones before are answered.
//   k6 run k6/ramping_arrival_rate_test.js
//   BASE_URL=http://shop.example:8080 COUPON_ID=7 PEAK=5000 k6 run k6/ramping_arrival_rate_test.js
// Each request is another user's. Whether 201s agree with Redis and MySQL afterwards: npm run verify -- <coupon>.
import { check } from 'k6';
import exec from 'k6/execution';
import http from 'k6/http';

const COUPON_ID = __ENV.COUPON_ID || '1';
const PEAK = Number(__ENV.PEAK || 1000);
const STEP = __ENV.STEP || '10s';
/** Above those of the other scripts. */
const FIRST_USER = Number(__ENV.FIRST_USER || 10_000_000);
/** Before the number of each user, e.g. `k6|`, for a server with USER_ID_TYPE=text. */
const USER_PREFIX = __ENV.USER_PREFIX || '';
const BASE_URL = (__ENV.BASE_URL || 'http://localhost:8080').replace(/\/+$/, '');

export const options = {
  scenarios: {
    rise: {
      executor: 'ramping-arrival-rate',
      startRate: Math.ceil(PEAK / 10),
      timeUnit: '1s',
      preAllocatedVUs: Math.min(1000, PEAK),
      maxVUs: 2000,
      stages: [
        { target: Math.ceil(PEAK / 2), duration: STEP },
        { target: PEAK, duration: STEP },
        { target: PEAK, duration: STEP },
        { target: 0, duration: '2s' },
      ],
    },
  },
  summaryTrendStats: ['min', 'avg', 'med', 'p(90)', 'p(99)', 'max'],
  thresholds: {
    checks: ['rate==1'],
    http_req_duration: ['p(99)<2000'],
    // Requests that k6 itself could not send in time: the generator was the limit, not the server.
    dropped_iterations: ['count==0'],
  },
};

export default function askForCoupon() {
  const userId = FIRST_USER + exec.scenario.iterationInTest;
  const answer = http.post(`${BASE_URL}/api/v2/me/coupons/${COUPON_ID}/issue`, null, {
    headers: { 'Commerce-User-Id': `${USER_PREFIX}${userId}` },
    // Sold out is an answer like any other.
    responseCallback: http.expectedStatuses(201, 400),
  });
  check(answer, { 'status is 201 or 400': ({ status }) => status === 201 || status === 400 });
}
