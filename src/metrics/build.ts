// Which release runs here, on which Node: an info metric, to be joined or shown beside a change in other figures.
import { version } from '../project.ts';
import { readGauge } from './registry.ts';

let shown = false;

/** In the primary only: all processes of a server run the same release. */
export function showBuild(): void {
  shown = true;
}

readGauge(
  {
    name: 'build_info',
    help: 'Version of couponrush and of Node as labels; the value is always 1.',
    labels: ['version', 'node'],
    combine: 'one',
  },
  () => (shown ? [{ labels: { version, node: process.versions.node }, value: 1 }] : []),
);
