// Markup that would run if a page of the console took a text for more than a text, and the proof that none did.
import assert from 'node:assert/strict';
import type { Visit } from './console.ts';

/** Each would set this if it ran. */
export const RAN = 'ranFromText';
export const ATTACKS = [
  `<img src=x onerror=globalThis.${RAN}=1>`,
  `"><script>globalThis.${RAN}=1</script>`,
  `<svg onload=globalThis.${RAN}=1>`,
  `javascript:globalThis.${RAN}=1`,
  `{{constructor.constructor('globalThis.${RAN}=1')()}}`,
  `'-globalThis.${RAN}=1-'`,
] as const;

const LINK = 'a[href^="javascript" i]';
/** Images of our own have an address. */
const MADE = `img[src=x], main script, dialog script, .menu script, [onerror], [onload], ${LINK}`;

/** Nothing ran, and nothing became an element. */
export async function assertHarmless({ page }: Pick<Visit, 'page'>, where: string): Promise<void> {
  assert.equal(await page.evaluate(`globalThis.${RAN} ?? null`), null, `${where}: a text ran`);
  assert.equal(await page.locator(MADE).count(), 0, `${where}: a text became an element`);
}
