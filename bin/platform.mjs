// @ts-check
// Whether couponrush can run on this machine, known before anything is installed. Which HTTP engine it gets is another
// question, answered at the start (src/http/engine/choose.ts): node:http runs on every machine that passes here.

/** @typedef {{ node: string, platform: string }} Platform */

/** Major versions of Node that each change is tested on. Later ones may run. */
export const testedNodes = Object.freeze([20, 22, 24, 26]);
export const systems = Object.freeze(['linux', 'darwin']);

/**
 * @param {Platform} platform
 * @returns {string | null} null, or a sentence that says what is missing and what to do
 */
export function platformProblem({ node, platform }) {
  const [major = 0] = node.split('.').map(Number);
  const [oldest = 0] = testedNodes;
  if (major < oldest) {
    return `Node ${node} is not supported: use one of Node ${testedNodes.join(', ')} (https://nodejs.org)`;
  }
  if (!systems.includes(platform)) return `${platform} is not supported: use one of ${systems.join(', ')}`;
  return null;
}

/** @returns {Platform} */
export function thisPlatform() {
  return { node: process.versions.node, platform: process.platform };
}
