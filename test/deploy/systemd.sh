#!/usr/bin/env bash
# deploy/systemd/couponrush.service: systemd-analyze verifies it, and rates what it may do. Needs systemd's programs, not a
# running systemd.
#   test/deploy/systemd.sh
set -euo pipefail
cd "$(dirname "$0")/../.."

# systemd's own scale of exposure, from 0 to 100: 20 is "OK" and better.
EXPOSURE_MAX=20

fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
unit=$folder/couponrush.service
# Its program must be there to be verified, wherever this machine has it.
sed "s|/usr/bin/node|$(command -v node)|" deploy/systemd/couponrush.service >"$unit"

findings=$(systemd-analyze verify --man=no "$unit" 2>&1) || { echo "$findings"; fail 'systemd-analyze verify'; }
if grep -F 'couponrush.service' <<<"$findings"; then fail 'systemd-analyze verify has findings'; fi
echo 'systemd-analyze verify: no finding'
systemd-analyze security --offline=yes --threshold="$EXPOSURE_MAX" "$unit" >"$folder/security" || { cat "$folder/security"; fail "exposure above $EXPOSURE_MAX"; }
tail -1 "$folder/security"
echo PASSED
