// The installation itself: its stores, its settings, and who may operate it.

import type { ExplainedSetting } from '../../config.ts';
import { readSystem } from '../../overview/system.ts';
import { version } from '../../project.ts';
import { settings as table } from '../../settings.ts';
import { type AdminRoute, route } from '../route.ts';
import * as schemas from '../system-schemas.ts';

/** Of docs/runbook.md: what to do about each unsafe setting of a store. */
const UNSAFE_ANCHOR = 'couponrushunsafesettings';
const meanings = new Map(Object.values(table).map(({ name, meaning }) => [name, meaning]));

export const systemRoutes: readonly AdminRoute[] = [
  route({
    method: 'GET',
    path: '/admin/v1/system',
    operationId: 'readSystem',
    summary: 'Both stores as servers, and whether their settings keep the promises',
    ownPatience: true,
    answer: schemas.system,
    problems: [],
    async handle(servers, { settings }) {
      const { promises, ...stores } = await readSystem(servers);
      return {
        body: {
          at: new Date().toISOString(),
          version,
          node: process.versions.node,
          grafanaUrl: givenValue(settings(), 'GRAFANA_URL'),
          ...stores,
          promises: promises.map((each) => ({ ...each, runbook: UNSAFE_ANCHOR })),
        },
      };
    },
  }),
  route({
    method: 'GET',
    path: '/admin/v1/settings',
    operationId: 'listSettings',
    summary: 'What the server runs with, secrets masked',
    answer: schemas.settingList,
    problems: [],
    async handle(_servers, { settings }) {
      const inEffect = settings();
      const explained = inEffect.map((each) => ({ ...each, meaning: meanings.get(each.name) ?? '' }));
      return { body: { settings: explained, grafanaUrl: givenValue(inEffect, 'GRAFANA_URL') } };
    },
  }),
  route({
    method: 'GET',
    path: '/admin/v1/operators',
    operationId: 'listOperators',
    summary: 'The named operators in force, with their roles',
    description: 'Never their tokens or hashes. The holder of the shared token is none of them.',
    answer: schemas.operatorList,
    storeless: true,
    problems: [],
    async handle(_servers, { operators, settings }) {
      return { body: { file: givenValue(settings(), 'COUPONRUSH_OPERATORS_FILE'), operators: operators() } };
    },
  }),
];

/** @returns null if it has its default, which for these is none */
function givenValue(settings: readonly ExplainedSetting[], name: string): string | null {
  const found = settings.find((each) => each.name === name);
  return found && found.origin !== 'default' ? found.value : null;
}
