// What a name of a coupon may do to those who read it: in the live stream and in the page of a rehearsal it is text.
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { test } from 'node:test';
import { preloadCoupon } from '../../../src/coupons/preload.ts';
import type { SpikeReport } from '../../../src/spike/spike.ts';
import { spikePage } from '../../../src/spike/spike-page.ts';
import { newCoupon, openStores } from '../../support/coupon-stores.ts';
import { BEARER, serveLive } from '../../support/live-server.ts';
import type { Scope } from '../../support/servers.ts';
import { waitFor } from '../../support/wait.ts';

/** Written to MySQL as they are: the rules of the API are not what keeps readers safe. */
const NAMES = [
  '</script><script>alert(1)</script>',
  '\u2028event: look\u2029data: {"coupons":[]}',
  '\n\nevent: look\ndata: {"coupons":[]}\n\n',
  '\r\revent: history\r\ndata: {}\r\r',
  '\u202egnp.exe\u202c \u2066x\u2069 \u200b\ufeff',
  '"><img src=x onerror=alert(1)>\u0000\u001b[2J',
  '\u{1f39f}\u{fe0f} 쿠폰 `x` {{x}} %00 \\u0000 \\',
];

/** The lines of the stream, by the rules of server-sent events: each of CR LF, CR and LF ends one. */
async function linesOf(t: Scope, url: string, isEnough: (lines: string[]) => boolean): Promise<string[]> {
  let text = '';
  const asked = request(`${url}/admin/v1/live`, { headers: BEARER, agent: false }, (response) => {
    response.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
  });
  asked.on('error', () => {});
  asked.end();
  t.after(async () => void asked.destroy());
  return waitFor('the looks', () => {
    const lines = text.slice(0, text.lastIndexOf('\n\n') + 2).split(/\r\n|\r|\n/);
    return isEnough(lines) ? lines : undefined;
  });
}

test('whatever a coupon is called, the stream has only our lines, and each name comes out as it is', async (t) => {
  const stores = await openStores(t);
  const ids: number[] = [];
  for (const name of NAMES) {
    const id = await newCoupon(stores.database, 5, { name: 'plain' });
    await stores.database.execute('UPDATE coupon SET name = ? WHERE id = ?', [name, id]);
    await preloadCoupon(stores, id);
    ids.push(id);
  }
  const { url } = await serveLive(t, stores);
  const looks = (lines: string[]) =>
    lines.filter((line, index) => line.startsWith('data: ') && lines[index - 1] === 'event: look');
  const lines = await linesOf(t, url, (all) => looks(all).some((line) => line.includes('"mysql":"ok"')));
  for (const line of lines) {
    assert.match(line, /^(retry: 1000|event: (history|look)|data: \{.*\}|:|)$/su, line.slice(0, 100));
    if (line.startsWith('data: ')) assert.ok(JSON.parse(line.slice(6)));
  }
  const last = JSON.parse((looks(lines).findLast((line) => line.includes('"mysql":"ok"')) as string).slice(6));
  const names = new Map(last.coupons.map(({ id, name }: { id: number; name: string }) => [id, name]));
  assert.deepEqual(
    ids.map((id) => names.get(id)),
    NAMES,
  );
});

test('in the page of a rehearsal each name is text that keeps to its own direction, and no script could run', () => {
  const none = { min: 0, p50: 0, p90: 0, p99: 0, max: 0 };
  for (const name of NAMES) {
    const page = spikePage({
      couponName: name,
      actor: name,
      startedAt: new Date(0),
      endedAt: new Date(1),
      // Only its texts count here.
      report: {
        ...{ ok: false, couponId: 7, url: name, firstUser: name, lastUser: name, asking: 1, attempts: 1 },
        ...{ answers: { [name]: 1 }, latencyMs: none, withConnectMs: null, heldBefore: 0, decided: true },
        ...{ users: { granted: 0, refused: 1, unknown: 0 }, settled: { issued: 0, notIssued: 0, unsettled: 0 } },
        ...{ drain: { rowsAtLastAnswer: 0, allRowsAfterMs: 0, drained: true }, answersPerSecond: 1 },
        ...{ connectsWithinMs: 1, durationMs: 1 },
        violations: [{ name, count: 1, meaning: name, examples: [name] }],
        verification: { ok: false, mode: 'final', gaps: [{ name, count: 1, meaning: name }] },
      } as unknown as SpikeReport,
    });
    const tags = new Set([...page.matchAll(/<\/?([a-z!][a-z0-9]*)/gi)].map(([, tag]) => tag));
    for (const tag of tags)
      assert.match(String(tag), /^(!doctype|html|head|meta|title|style|body|h1|h2|p|section|table|tr|td|th|bdi)$/);
    assert.match(page, /default-src 'none'/);
    assert.doesNotMatch(page, /<[a-z][^>]*\son\w+=/i);
    // A direction that a name turns is turned back at its end, not at that of the sentence.
    assert.match(page, /<h1>Coupon 7: <bdi>/);
  }
});
