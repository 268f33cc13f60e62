// GET as the spike needs it: over HTTPS without a look at the certificate, as the load itself is sent. The server is
// usually the one of this folder, asked by an address for which its certificate was not made.
import { type IncomingMessage, get as overHttp } from 'node:http';
import { get as overHttps } from 'node:https';
import { text } from 'node:stream/consumers';

const ANSWER_WITHIN_MS = 5000;

export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** @throws what the connection failed with, or after 5 s without a whole answer */
export async function get(url: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
  const secure = url.startsWith('https:');
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const options = { headers, agent: false as const, signal: AbortSignal.timeout(ANSWER_WITHIN_MS) };
    const request = secure ? overHttps(url, { ...options, rejectUnauthorized: false }) : overHttp(url, options);
    request.once('response', resolve);
    request.once('error', reject);
  });
  return { status: response.statusCode ?? 0, body: await text(response) };
}
