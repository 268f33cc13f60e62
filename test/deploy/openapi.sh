#!/usr/bin/env bash
# openapi.json of both ports, in each identity mode, as client authors use it: redocly lints it without a warning, and the types
# that openapi-typescript makes of it compile under `tsc --strict`. Needs npm's registry; `npm ci` and `npm run build` first.
#   test/deploy/openapi.sh
set -euo pipefail
cd "$(dirname "$0")/../.."

REDOCLY=@redocly/cli@2.77.0
OPENAPI_TYPESCRIPT=openapi-typescript@7.13.0
# Its own; the types are compiled with the TypeScript of this repository.
TYPESCRIPT=typescript@5.9.3

fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

node --input-type=module -e '
  import { writeFileSync } from "node:fs";
  import { adminDocument } from "./dist/src/openapi/admin-document.js";
  import { issueDocument } from "./dist/src/openapi/issue-api.js";
  const documents = { admin: adminDocument("/") };
  for (const mode of ["trust", "jwt", "hmac"]) documents[`issue-${mode}`] = issueDocument(mode, "/");
  for (const [name, document] of Object.entries(documents)) {
    writeFileSync(`${process.argv[1]}/${name}.json`, JSON.stringify(document, null, 2));
  }' "$folder"

lint=$(npx --yes --package "$REDOCLY" redocly lint --config redocly.yaml docs/openapi-issue.json docs/openapi-admin.json \
  "$folder"/*.json 2>&1) || { echo "$lint"; fail 'redocly lint'; }
if grep -E '^You have [0-9]+ warning' <<<"$lint"; then echo "$lint"; fail 'redocly lint has warnings'; fi
echo "redocly lint: $(grep -c ': validated in' <<<"$lint") documents without a finding"

for document in "$folder"/*.json; do
  npx --yes --package "$OPENAPI_TYPESCRIPT" --package "$TYPESCRIPT" openapi-typescript "$document" -o "${document%.json}.ts" >/dev/null
done
node node_modules/typescript/bin/tsc --strict --noEmit --ignoreConfig --exactOptionalPropertyTypes "$folder"/*.ts || fail 'tsc --strict'
echo "tsc --strict: the types of $(ls "$folder"/*.ts | wc -l) documents compile"
echo PASSED
