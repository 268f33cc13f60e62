// Which engine serves the issue API here: uWebSockets.js if its native file fits this machine, node:http otherwise.
// A native file that is there and is not the supported one is never passed over: something has changed it.

import type { EngineName, HttpEngine } from './engine.ts';
import { nodeEngine } from './node.ts';
import { NativeFileMissing, uwsEngine } from './uws.ts';

export type EngineSetting = 'auto' | EngineName;

export interface EngineChoice {
  readonly engine: HttpEngine;
  /** Why it is not uWebSockets.js, as a clause; null if it is. */
  readonly reason: string | null;
}

/** @throws Error with a sentence for the operator */
export function chooseEngine(setting: EngineSetting): EngineChoice {
  if (setting === 'node') return { engine: nodeEngine, reason: 'HTTP_ENGINE=node' };
  try {
    return { engine: uwsEngine(), reason: null };
  } catch (error) {
    if (!(error instanceof NativeFileMissing)) throw error;
    if (setting === 'auto') return { engine: nodeEngine, reason: error.message };
    throw new Error(`HTTP_ENGINE=uws: ${error.message}. HTTP_ENGINE=auto would serve by node:http instead`);
  }
}
