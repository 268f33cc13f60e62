// Hours at a modest rate: does anything grow? Watch memory, backlog and connections in Grafana meanwhile.
//   COUPON_ID=7 RATE=500 DURATION=2h k6 run k6/soak_test.js
// The coupon needs a stock of RATE times the duration, or it is a soak of refusals. One request in ten repeats a user who
// asked before: that answer must be 400.
import { check } from 'k6';
import exec from 'k6/execution';
import http from 'k6/http';

const COUPON_ID = __ENV.COUPON_ID || '1';
const RATE = Number(__ENV.RATE || 200);
const DURATION = __ENV.DURATION || '10m';
const FIRST_USER = Number(__ENV.FIRST_USER || 100_000_000);
const REPEAT_EVERY = 10;
/** Asked so many iterations ago: answered long since. */
const REPEAT_LAG = 5000;
/** Before the number of each user, e.g. `k6|`, for a server with USER_ID_TYPE=text. */
const USER_PREFIX = __ENV.USER_PREFIX || '';
const BASE_URL = (__ENV.BASE_URL || 'http://localhost:8080').replace(/\/+$/, '');

export const options = {
  scenarios: {
    soak: {
      executor: 'constant-arrival-rate',
      rate: RATE,
      timeUnit: '1s',
      duration: DURATION,
      preAllocatedVUs: Math.min(500, RATE),
      maxVUs: 1000,
    },
  },
  summaryTrendStats: ['min', 'avg', 'med', 'p(90)', 'p(99)', 'max'],
  thresholds: {
    checks: ['rate==1'],
    http_req_duration: ['p(99)<500'],
  },
};

export default function askForCoupon() {
  const iteration = exec.scenario.iterationInTest;
  const repeats = iteration % REPEAT_EVERY === 0 && iteration > REPEAT_LAG;
  // One more than a multiple: the iteration asked for was no repetition itself.
  const userId = FIRST_USER + (repeats ? iteration - REPEAT_LAG + 1 : iteration);
  const answer = http.post(`${BASE_URL}/api/v2/me/coupons/${COUPON_ID}/issue`, null, {
    headers: { 'Commerce-User-Id': `${USER_PREFIX}${userId}` },
    responseCallback: http.expectedStatuses(201, 400),
  });
  check(answer, {
    'a new user gets 201 or 400': ({ status }) => repeats || status === 201 || status === 400,
    'a repetition gets 400': ({ status }) => !repeats || status === 400,
  });
}
