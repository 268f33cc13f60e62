// @ts-check
// JSON Schemas for kubeconform, made from what Kubernetes and the Prometheus Operator publish in their Go modules.
// Strict: a field that is not in the definition is an error, as `kubectl apply --validate=strict` has it.
//   node test/deploy/kubernetes-schemas.mjs SWAGGER_JSON CRD_YAML FOLDER
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

/** @typedef {Record<string, any>} Schema */

const REFERENCE = '#/definitions/';
/** What the API server takes as a number or a text, and its description calls a text. */
const NUMBER_OR_TEXT = { oneOf: [{ type: 'string' }, { type: 'number' }] };

const [swaggerFile = '', crdFile = '', folder = ''] = process.argv.slice(2);
/** @type {Record<string, Schema>} */
const definitions = JSON.parse(readFileSync(swaggerFile, 'utf8')).definitions;

/** @param {Schema} schema @returns {Schema} */
function strict(schema) {
  if (schema.format === 'int-or-string' || schema['x-kubernetes-int-or-string']) return NUMBER_OR_TEXT;
  /** @type {Schema} */
  const result = Object.fromEntries(
    Object.entries(schema).filter(([key]) => !key.startsWith('x-kubernetes') && key !== 'format'),
  );
  if (schema.items) result.items = strict(schema.items);
  if (typeof schema.additionalProperties === 'object')
    result.additionalProperties = strict(schema.additionalProperties);
  if (schema.properties) {
    result.properties = Object.fromEntries(
      Object.entries(schema.properties).map(([name, each]) => [name, strict(each)]),
    );
    if (schema.additionalProperties === undefined) result.additionalProperties = false;
  }
  return result;
}

/** The definitions that this one needs, itself included. @param {string} name @param {Record<string, Schema>} found */
function collect(name, found) {
  if (found[name]) return found;
  const definition = definitions[name];
  if (!definition) throw new Error(`${swaggerFile} has no ${name}`);
  found[name] = name.endsWith('.resource.Quantity') ? NUMBER_OR_TEXT : strict(definition);
  for (const [, other = ''] of JSON.stringify(definition).matchAll(/"#\/definitions\/([^"]+)"/g)) collect(other, found);
  return found;
}

/** @param {string} kind @param {string} group @param {string} version @param {Schema} schema */
function write(kind, group, version, schema) {
  const apiVersion = group === '' ? version : `${group.split('.')[0]}-${version}`;
  writeFileSync(join(folder, `${kind}-${apiVersion}.json`.toLowerCase()), JSON.stringify(schema));
}

mkdirSync(folder, { recursive: true });
for (const [name, definition] of Object.entries(definitions)) {
  for (const { kind, group, version } of definition['x-kubernetes-group-version-kind'] ?? []) {
    if (!definition.properties?.metadata || kind.endsWith('List')) continue;
    write(kind, group, version, { $ref: `${REFERENCE}${name}`, definitions: collect(name, {}) });
  }
}
const { spec } = parse(readFileSync(crdFile, 'utf8'));
for (const { name: version, schema } of spec.versions) {
  const { properties, ...rest } = schema.openAPIV3Schema;
  // A resource's definition leaves its metadata to Kubernetes.
  const metadata = { type: 'object' };
  write(spec.names.kind, spec.group, version, strict({ ...rest, properties: { ...properties, metadata } }));
}
