#!/usr/bin/env bash
# Proves each Node that the README names on this machine: a fresh clone, `npm start`, a spike of 2,000 users on 1,000 coupons
# whose every answer is checked, verify, and a stop. Needs npm's registry, redis-server, and mysqld or mariadbd.
# The other Nodes come from the npm package `node`. Where uWebSockets.js has no file for one, node:http serves, and that is
# checked as well.
#   test/deploy/nodes.sh [major ...]      e.g. test/deploy/nodes.sh 26; without one all of them
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
versions=("$@")
[ ${#versions[@]} -gt 0 ] || versions=(20 22 24 26)
work=$(mktemp -d)
server=
trap 'stop; rm -rf "$work"' EXIT

stop() {
  [ -z "$server" ] || { kill "$server" 2>/dev/null && wait "$server"; } || true
  server=
}

free_port() {
  node -e "const s = require('net').createServer().listen(0, '127.0.0.1', () => { console.log(s.address().port); s.close(); })"
}

prove() {
  local version=$1 clone=$work/node-$1
  git clone --quiet "$root" "$clone"
  cd "$clone"
  # The program itself: npx would stay in front of the server, and keep signals from it.
  local folder
  folder=$(npx --yes -p "node@$version" -c 'dirname "$(command -v node)"')
  export PATH="$folder:$PATH"
  export COUPONRUSH_DATA_DIR="$clone/.data" METRICS_PORT=0 WORKERS=2
  PORT=$(free_port)
  ADMIN_PORT=$(free_port)
  export PORT ADMIN_PORT
  npm start >"$clone/server.log" 2>&1 &
  server=$!
  local ready="http://127.0.0.1:$PORT/readyz"
  timeout 600 sh -c "until curl -fsS '$ready' >/dev/null 2>&1; do kill -0 $server || exit 1; sleep 1; done" || {
    cat "$clone/server.log" "$clone"/.data/mysql/*.log 2>/dev/null
    return 1
  }
  # The other engine says in /readyz why it serves.
  local engine=uws
  ! curl -fsS "$ready" | grep -q 'node:http' || engine=node
  npm run --silent spike -- --users 2000 >"$clone/spike.log" 2>&1 || { cat "$clone/spike.log"; return 1; }
  npm run --silent verify -- 1 >"$clone/verify.log" 2>&1 || { cat "$clone/verify.log"; return 1; }
  kill "$server"
  # npm's own exit code after a signal says nothing.
  wait "$server" || true
  server=
  timeout 10 sh -c "while curl -fsS '$ready' >/dev/null 2>&1; do sleep 0.2; done" || { echo 'still serving'; return 1; }
  echo "Node $(node --version), engine $engine:"
  cat "$clone/spike.log" "$clone/verify.log"
}

for version in "${versions[@]}"; do
  # In a shell of its own, so that PATH and settings of one Node are not those of the next.
  (trap stop EXIT; prove "$version")
  # Its processes no longer serve, but write their compile cache as they end.
  timeout 20 sh -c "until rm -rf '$work/node-$version' 2>/dev/null; do sleep 0.5; done"
done
