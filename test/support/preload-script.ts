// JavaScript that couponrush's processes run before their own: a defect that a test plants in one of them. It goes by
// NODE_OPTIONS to all processes and threads, so it must look whether it is meant.

/** Environment for startApp(): `script` runs first in each process of couponrush, and in each of its threads. */
export function runningFirst(script: string): { readonly NODE_OPTIONS: string } {
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(script)}` };
}
