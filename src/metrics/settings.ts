// Settings of Redis and MySQL without which a promise does not hold.
import { readGauge } from './registry.ts';

let settings: ReadonlyMap<string, boolean> = new Map();

/** @param unsafe each setting that was looked at, and whether it is unsafe */
export function showSettings(unsafe: ReadonlyMap<string, boolean>): void {
  settings = unsafe;
}

readGauge(
  {
    name: 'unsafe_setting',
    help: '1 where a setting of Redis or MySQL breaks a promise, 0 where it is safe.',
    labels: ['setting'],
    combine: 'max',
  },
  () => [...settings].map(([setting, unsafe]) => ({ labels: { setting }, value: unsafe ? 1 : 0 })),
);
