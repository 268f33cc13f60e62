import { useEffect, useState } from 'preact/hooks';
import { t } from '../texts.ts';
import { Button } from './button.tsx';

const SHOWN_MS = 2000;

/** Puts a text on the clipboard: the address of this page, if no other is given. */
export function Copy({ text, children }: { readonly text?: string; readonly children?: string }) {
  const [state, setState] = useState<'ready' | 'done' | 'failed'>('ready');
  useEffect(() => {
    if (state === 'ready') return;
    const timer = setTimeout(() => setState('ready'), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [state]);
  const copy = async () => {
    // Without https the browser has no clipboard for pages.
    const copied = await (navigator.clipboard?.writeText(text ?? location.href) ?? Promise.reject()).then(
      () => true,
      () => false,
    );
    setState(copied ? 'done' : 'failed');
  };
  const texts = { ready: children ?? t('frame.copyLink'), done: t('frame.copied'), failed: t('frame.notCopied') };
  return (
    <Button kind="quiet" small onPress={() => void copy()}>
      <span role="status">{texts[state]}</span>
    </Button>
  );
}
