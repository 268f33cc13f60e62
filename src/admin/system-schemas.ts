// What the admin API answers of the installation itself: its stores, settings and operators.
import { timeOut } from './answer-schemas.ts';
import { roles } from './principal.ts';
import { count, flag, nullable, object, text } from './schemas.ts';

const whole = { type: 'integer' } as const;
const store = {
  version: nullable(text),
  clients: { ...nullable(count), description: 'connections, of everyone' },
  clientsLimit: { ...nullable(count), description: 'how many it takes' },
  skewMs: { ...whole, description: "by how much its clock is ahead of the server's" },
} as const;

export const system = object({
  at: timeOut,
  version: { ...text, examples: ['1.0.0'] },
  node: { ...text, description: 'version of Node.js' },
  grafanaUrl: { ...nullable(text), description: 'GRAFANA_URL; null: none is set' },
  redis: {
    ...nullable(
      object({
        ...store,
        memoryBytes: count,
        memoryLimitBytes: { ...count, description: 'maxmemory; 0: no bound' },
        upSeconds: count,
      }),
    ),
    description: 'null: it does not answer',
  },
  mysql: {
    ...nullable(object({ ...store, writable: { ...flag, description: 'false: a replica' } })),
    description: 'null: it does not answer',
  },
  promises: {
    type: 'array',
    description: 'settings of the stores that promises rest on; without those of a store that does not answer',
    items: object({
      store: { type: 'string', enum: ['Redis', 'MySQL'] },
      name: { ...text, examples: ['appendfsync'] },
      value: { ...nullable(text), description: 'null: it can not be read' },
      safe: { ...text, description: 'the value that keeps the promise' },
      verdict: { type: 'string', enum: ['safe', 'unsafe', 'unknown'] },
      promise: { ...text, description: 'what does not hold otherwise' },
      runbook: { ...text, description: 'anchor of its section in docs/runbook.md' },
    }),
  },
});

export const settingList = object({
  settings: {
    type: 'array',
    items: object({
      name: text,
      value: text,
      origin: { type: 'string', enum: ['environment', 'file', 'default'] },
      meaning: text,
    }),
  },
  grafanaUrl: {
    ...nullable(text),
    examples: ['https://grafana.example.com'],
    description: 'GRAFANA_URL; null: none is set',
  },
});

export const operatorList = object({
  file: {
    ...nullable(text),
    description: 'COUPONRUSH_OPERATORS_FILE; null: none is set, and only the shared token counts',
  },
  operators: { type: 'array', items: object({ name: text, role: { type: 'string', enum: roles } }) },
});
