// @ts-check
// Health check of the container: exit code 0 if this server says that it is ready. Its answer goes to standard output, where
// `docker inspect` shows it. Plain node:http: fetch alone takes longer to load than the question takes.
import { get } from 'node:http';
import { get as getByTls } from 'node:https';

const ANSWER_WITHIN_MS = 2000;
const address = '../dist/src/address.js';
const { reachableHost } = await import(address);

// Its own certificate is for the name that clients use, not for this address.
const ask = process.env.TLS_CERT_FILE ? getByTls : get;

const question = ask(
  {
    host: reachableHost(process.env.HOST ?? '127.0.0.1'),
    port: process.env.PORT ?? 8080,
    path: '/readyz',
    agent: false,
    rejectUnauthorized: false,
    timeout: ANSWER_WITHIN_MS,
  },
  (answer) => {
    answer.pipe(process.stdout);
    process.exitCode = answer.statusCode === 200 ? 0 : 1;
  },
);
question.on('timeout', () => question.destroy(new Error(`no answer within ${ANSWER_WITHIN_MS} ms`)));
question.on('error', (error) => {
  console.log(error.message);
  process.exitCode = 1;
});
