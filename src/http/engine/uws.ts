// The engine on uWebSockets.js, and the only module that loads it. To use the official release instead of the npm
// alias, change the dependency in package.json to `github:uNetworking/uWebSockets.js#v20.x` and replace the digests
// below. The library is native code from outside the registry's usual build, so its files are checked before they are
// loaded.

import type * as UWebSockets from 'uWebSockets.js';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { HttpEngine } from './engine.ts';

/** There is no file for this Node, system and C library. One that is there and is another file is a plain Error. */
export class NativeFileMissing extends Error {
  override name = 'NativeFileMissing';
}

/**
 * sha256 of the native files of uwebsockets@3.0.6 that we support: by platform, architecture and Node's module version.
 */
const digests: Readonly<Record<string, string>> = {
  'uws_linux_x64_115.node': 'f4fa5d7b697529b45ac8aa3d57385d9af51bc1d2b26aa9f5b68ca4361542e665',
  'uws_linux_arm64_115.node': '034e0fcccdc08f90df3b130f421516311831b1352fe38eab91abc2984c2fdf3a',
  'uws_darwin_x64_115.node': '7552dc27e278be4a5f9ca4f571676e9046929ef8753b1bb63b84f78e1a752a11',
  'uws_darwin_arm64_115.node': 'f6132ac4d0954ce32ed716d5b367270904c5885bc6e01dcc8ae5809a8967d504',
  'uws_linux_x64_127.node': '78e38a9a163b1cf33ce539619e5908111dea95a12e7943d95fbcdd524879caa8',
  'uws_linux_arm64_127.node': 'a7d9bc3ec166421a49416d5ea4f49118ae68ea1dbf8a765c4f45a79b0b6adb13',
  'uws_darwin_x64_127.node': '1bcd63a9cd5cda811d899b80f9b1f7c9f29d128feafebe6976069ab1045a0335',
  'uws_darwin_arm64_127.node': '84ab0c487fbbb895afbfa24c7ac02db5922b2eb468b3a4663aaca52af29b420c',
  'uws_linux_x64_137.node': '3b549c14e01d9d1faf234cdf4b6f0fb08158605e3692cd0eb1b905e327bd3449',
  'uws_linux_arm64_137.node': 'b6eb007d627e00bcce03ad38f197124e9027c03f6fe784b37f97b8a6ea709cb4',
  'uws_darwin_x64_137.node': '7df6e0b2be43048200370a64ee91d6563879f5d3b0207f846dc81377ffc4e189',
  'uws_darwin_arm64_137.node': 'dd7623e7e600dcc1384c4a639ac05849f0c27125be8c431b702e0513e86613f0',
};

function loadVerified(): typeof UWebSockets {
  const require = createRequire(import.meta.url);
  const name = `uws_${process.platform}_${process.arch}_${process.versions.modules}.node`;
  const expected = digests[name];
  const file = expected ? join(folderOf(require), name) : '';
  if (!expected || !existsSync(file)) {
    throw new NativeFileMissing(
      `uWebSockets.js has no file for Node ${process.version} on ${process.platform} ${process.arch}`,
    );
  }
  const actual = createHash('sha256').update(readFileSync(file)).digest('hex');
  if (actual !== expected) {
    throw new Error(`${name} is not the file that couponrush was tested with (sha256 ${actual}): run npm ci again`);
  }
  try {
    return require('uWebSockets.js') as typeof UWebSockets;
  } catch (error) {
    // Its own message lists versions of Node, although nearly always the C library is too old.
    const { glibcVersionRuntime: glibc } = (process.report?.getReport() as ReportWithHeader | undefined)?.header ?? {};
    throw new NativeFileMissing(
      `${name} can't be loaded by Node ${process.version} with ` +
        (glibc ? `glibc ${glibc}` : 'a C library other than glibc'),
      { cause: error },
    );
  }
}

/** Empty if the package is not installed. */
function folderOf(require: NodeJS.Require): string {
  try {
    return dirname(require.resolve('uWebSockets.js'));
  } catch {
    return '';
  }
}

interface ReportWithHeader {
  readonly header?: { readonly glibcVersionRuntime?: string };
}

let loaded: HttpEngine | null = null;

/** @throws NativeFileMissing; Error if the file is not the one that is supported */
export function uwsEngine(): HttpEngine {
  if (loaded) return loaded;
  const uWS = loadVerified();
  const engine: HttpEngine = {
    name: 'uws',
    createApp: (tls) => (tls ? uWS.SSLApp({ cert_file_name: tls.certFile, key_file_name: tls.keyFile }) : uWS.App()),
    closeListenSocket: (socket) => uWS.us_listen_socket_close(socket as UWebSockets.us_listen_socket),
  };
  loaded = engine;
  return engine;
}
