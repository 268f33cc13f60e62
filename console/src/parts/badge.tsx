import type { ComponentChildren } from 'preact';

export type Tone = 'good' | 'note' | 'bad' | 'accent' | 'quiet';

/** A state in a word. The colour only repeats what the word says. */
export function Badge({ tone = 'quiet', children }: { readonly tone?: Tone; readonly children: ComponentChildren }) {
  return <span class={`badge ${tone}`}>{children}</span>;
}
