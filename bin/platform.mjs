// @ts-check
// Whether this machine can run the native HTTP library, known before anything is installed. Beside it, src/http/uws.ts lists
// the library's files that are supported; a test holds both lists together.

/** @typedef {{ node: string, platform: string, arch: string, glibc: string | null }} Platform */

/** Major versions of Node, and the oldest glibc on which the library's file for each can be loaded (Linux only). */
export const glibcNeeded = Object.freeze({ 20: '2.27', 22: '2.38', 24: '2.38' });
export const systems = Object.freeze(['linux x64', 'linux arm64', 'darwin x64', 'darwin arm64']);

/**
 * @param {Platform} platform
 * @returns {string | null} null, or a sentence that says what is missing and what to do
 */
export function platformProblem({ node, platform, arch, glibc }) {
  const versions = `Node ${Object.keys(glibcNeeded).join(', ')}`;
  const needed = /** @type {Readonly<Record<string, string>>} */ (glibcNeeded)[
    /** @type {string} */ (node.split('.')[0])
  ];
  if (needed === undefined) return `Node ${node} is not supported: use one of ${versions} (https://nodejs.org)`;
  if (!systems.includes(`${platform} ${arch}`)) {
    return `${platform} on ${arch} is not supported: use one of ${systems.join(', ')}`;
  }
  if (platform !== 'linux') return null;
  if (glibc === null) {
    return 'this Linux has no glibc (Alpine has musl), and the HTTP library needs it: use Debian or Ubuntu, for instance';
  }
  if (!isOlder(glibc, needed)) return null;
  const fitting = Object.entries(glibcNeeded).filter(([, oldest]) => !isOlder(glibc, oldest));
  const other = fitting.length === 0 ? '' : `, or Node ${fitting.map(([major]) => major).join(' or ')}`;
  return `Node ${node} needs glibc ${needed} or later here, and this machine has ${glibc}: use Debian 13 or Ubuntu 24.04${other}`;
}

/** @returns {Platform} */
export function thisPlatform() {
  const report = /** @type {{ header?: { glibcVersionRuntime?: string } } | undefined} */ (process.report?.getReport());
  const { version, platform, arch } = process;
  return { node: version.slice(1), platform, arch, glibc: report?.header?.glibcVersionRuntime ?? null };
}

/** @param {string} version @param {string} than Both as `2.36`. */
function isOlder(version, than) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [majorThan = 0, minorThan = 0] = than.split('.').map(Number);
  return major < majorThan || (major === majorThan && minor < minorThan);
}
