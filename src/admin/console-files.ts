// The files of the console, which the build makes in dist/console: read once, kept in memory, compressed once.
// Promise: the page loads nothing from elsewhere, runs no script and no style that stands in it, sends no form, and is
// shown in no frame. What it may do, the session decides: the files themselves are for anyone.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { FastifyInstance } from 'fastify';

export interface ConsoleFile {
  readonly mediaType: string;
  readonly content: Buffer;
  readonly gzipped: Buffer;
  readonly etag: string;
}

/** By path in the server: the file and its type. */
const FILES: ReadonlyMap<string, readonly [file: string, mediaType: string]> = new Map([
  ['/', ['index.html', 'text/html; charset=utf-8']],
  ['/console/console.js', ['console.js', 'text/javascript; charset=utf-8']],
  ['/console/console.css', ['console.css', 'text/css; charset=utf-8']],
  ['/console/icon.svg', ['icon.svg', 'image/svg+xml']],
  ['/console/runbook.json', ['runbook.json', 'application/json; charset=utf-8']],
]);

const HEADERS = {
  // Asked each time, answered 304: a page never runs against the API of another version.
  'Cache-Control': 'no-cache',
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
    "form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Frame-Options': 'DENY',
  Vary: 'Accept-Encoding',
};

/** @returns by path; empty if the console was not built */
export function readConsoleFiles(folder: string): ReadonlyMap<string, ConsoleFile> {
  try {
    return new Map([...FILES].map(([path, [file, mediaType]]) => [path, fileOf(join(folder, file), mediaType)]));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return new Map();
  }
}

function fileOf(path: string, mediaType: string): ConsoleFile {
  const content = readFileSync(path);
  const etag = `"${createHash('sha256').update(content).digest('base64url').slice(0, 22)}"`;
  return { mediaType, content, gzipped: gzipSync(content, { level: 9 }), etag };
}

export function addConsole(app: FastifyInstance, files: ReadonlyMap<string, ConsoleFile>): void {
  for (const [path, { mediaType, content, gzipped, etag }] of files) {
    app.get(path, (request, reply) => {
      void reply.headers(HEADERS).header('ETag', etag);
      const { 'if-none-match': known, 'accept-encoding': encodings = '' } = request.headers;
      if (known?.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag)) return reply.code(304).send();
      void reply.type(mediaType);
      if (!/\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))/i.test(String(encodings))) return reply.send(content);
      return reply.header('Content-Encoding', 'gzip').send(gzipped);
    });
  }
}
