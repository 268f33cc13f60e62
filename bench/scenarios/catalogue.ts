// All scenarios of `npm run bench`, in the order in which they run.
import type { OpenScenario } from '../measure/context.ts';
import { openColdSpike } from './cold-spike.ts';
import { openConnectionStorm } from './connection-storm.ts';
import { openDrain } from './drain.ts';
import { openGrowth } from './growth.ts';
import { openKnee } from './knee.ts';
import { openManyCoupons } from './many-coupons.ts';
import { openQuiet } from './quiet.ts';
import { openReads, openReadsInARush } from './reads.ts';
import { openRetryStorm } from './retry-storm.ts';
import { openRewrite } from './rewrite.ts';
import { openScript } from './script.ts';
import { openAblations, openDurability, openEngines, openWorkers } from './settings.ts';
import { openSoldOut, openSoldOutKnowledge } from './sold-out.ts';
import { openSpike } from './spike.ts';
import { openStart } from './start.ts';
import { openSustained } from './sustained.ts';
import { openViewers, openViewersCommands, openViewersMemory } from './viewers.ts';
import { openWholePath } from './whole-path.ts';

export const scenarios: Readonly<Record<string, OpenScenario>> = {
  spike: openSpike,
  'cold-spike': openColdSpike,
  start: openStart,
  sustained: openSustained,
  'whole-path': openWholePath,
  'sold-out': openSoldOut,
  drain: openDrain,
  knee: openKnee,
  'retry-storm': openRetryStorm,
  'connection-storm': openConnectionStorm,
  rewrite: openRewrite,
  durability: openDurability,
  engines: openEngines,
  workers: openWorkers,
  ablations: openAblations,
  'sold-out-knowledge': openSoldOutKnowledge,
  'many-coupons': openManyCoupons,
  reads: openReads,
  'reads-in-a-rush': openReadsInARush,
  quiet: openQuiet,
  script: openScript,
  growth: openGrowth,
  viewers: openViewers,
  'viewers-commands': openViewersCommands,
  'viewers-memory': openViewersMemory,
};
