// What an operator has chosen, kept in this browser: language, theme and time zone. Nothing else is kept, and never a
// token.
import { effect, signal } from '@preact/signals';
import type { Language } from './texts/catalogue.ts';

export type Theme = 'auto' | 'light' | 'dark';

const PREFIX = 'couponrush-console-';
const darkWanted = matchMedia('(prefers-color-scheme: dark)');

export const ownZone = new Intl.DateTimeFormat().resolvedOptions().timeZone;
export const language = kept<Language>('language', navigator.language.startsWith('ko') ? 'ko' : 'en', isLanguage);
export const theme = kept<Theme>('theme', 'auto', (text) => ['auto', 'light', 'dark'].includes(text));
export const zone = kept<string>('zone', ownZone, isZone);
/** The theme that is shown: charts draw with its colours. */
export const shownTheme = signal<'light' | 'dark'>('light');

const systemDark = signal(darkWanted.matches);
darkWanted.addEventListener('change', () => {
  systemDark.value = darkWanted.matches;
});

effect(() => {
  const dark = theme.value === 'dark' || (theme.value === 'auto' && systemDark.value);
  document.documentElement.dataset.theme = dark ? 'dark' : 'light';
  shownTheme.value = dark ? 'dark' : 'light';
});
effect(() => {
  document.documentElement.lang = language.value;
});

function kept<T extends string>(name: string, fallback: T, isValid: (text: string) => boolean) {
  const stored = read(PREFIX + name);
  const choice = signal<T>(stored !== null && isValid(stored) ? (stored as T) : fallback);
  let first = true;
  effect(() => {
    const { value } = choice;
    if (!first) write(PREFIX + name, value);
    first = false;
  });
  return choice;
}

/** A browser may forbid the storage: then choices last as long as the page. */
function read(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function write(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // See read().
  }
}

function isLanguage(text: string): boolean {
  return text === 'en' || text === 'ko';
}

function isZone(text: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: text });
    return true;
  } catch {
    return false;
  }
}
