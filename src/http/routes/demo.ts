// GET /demo: a page with the demo coupon, made with the client package. Only with the demo on, and in mode trust: the
// page says itself who its user is.
// Everything is read at start and served from memory; nothing but these files can be asked for.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../../config.ts';
import { projectRoot } from '../../project.ts';
import type { OpenRoute } from '../server.ts';

const client = join('client', 'dist');
const demoFolder = join('client', 'demo');
/** Compiled from the demo's sources. */
const demoScripts = join('dist', 'demo');
const types: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
};

/** The page's own files and requests, and no others: no inline script or style, no frame around it. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** @returns by path; empty if there is no demo page */
export function demoPages({ demo, identityMode }: Pick<Config, 'demo' | 'identityMode'>): Map<string, OpenRoute> {
  if (demo !== 'on' || identityMode !== 'trust') return new Map();
  const scripts = readdirSync(join(projectRoot, client)).filter((name) => name.endsWith('.js'));
  return new Map([
    ['/demo', page(join(demoFolder, 'index.html'))],
    ...['page.css', 'icon.svg'].map((name) => [`/demo/${name}`, page(join(demoFolder, name))] as const),
    ...['page.js', 'texts.js'].map((name) => [`/demo/${name}`, page(join(demoScripts, name))] as const),
    ...scripts.map((name) => [`/demo/client/${name}`, page(join(client, name))] as const),
  ]);
}

function page(file: string): OpenRoute {
  const content = readFileSync(join(projectRoot, file), 'utf8');
  const type = types[file.slice(file.lastIndexOf('.') + 1)] as string;
  return (exchange) => exchange.page(type, POLICY, content);
}
