#!/bin/sh
# Makes the secrets that docker-compose.perf.yml passes to its containers as files: random passwords, and files with them.
#   deploy/secrets.sh [FOLDER]      default: deploy/secrets, which git ignores. What is there already is kept.
# Each file can be read by every user of a container that it is given to (their ids differ), so it is the folder that keeps
# them from the other users of this machine: only its owner can enter it.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
dir=${1:-$here/secrets}
umask 077
mkdir -p "$dir"
chmod 700 "$dir"

# Letters and digits only: safe in a URL, in SQL, in JSON and in an ACL file.
random() { LC_ALL=C tr -dc 'A-Za-z0-9' </dev/urandom | head -c 32; }
sha256() { printf %s "$1" | { sha256sum 2>/dev/null || shasum -a 256; } | cut -d ' ' -f 1; }
secret() { # NAME: its content, made if missing
  [ -s "$dir/$1" ] || { random >"$dir/$1.new"; mv "$dir/$1.new" "$dir/$1"; }
  cat "$dir/$1"
}
keep() { # NAME, content on standard input
  cat >"$dir/$1.new"
  mv "$dir/$1.new" "$dir/$1"
}

for name in admin_token grafana_admin_password mysql_root_password; do secret "$name" >/dev/null; done

mysql_migration=$(secret mysql_migration_password)
mysql_app=$(secret mysql_app_password)
printf 'mysql://couponrush:%s@mysql:3306/couponrush\n' "$mysql_migration" | keep mysql_migration_url
printf 'mysql://couponrush_app:%s@mysql:3306/couponrush\n' "$mysql_app" | keep mysql_url
printf '[client]\nhost=mysql\nport=3306\nuser=exporter\npassword=%s\n' "$(secret mysql_exporter_password)" | keep mysqld_exporter.cnf

redis_app=$(secret redis_app_password)
redis_exporter=$(secret redis_exporter_password)
redis_operator=$(secret redis_operator_password)
printf 'redis://couponrush_app:%s@redis:6379\n' "$redis_app" | keep redis_url
printf '{"redis://exporter@redis:6379":"%s"}\n' "$redis_exporter" | keep redis_exporter.json
sed -e '/^#/d' -e '/^$/d' \
  -e "s/SHA256_OF_APP_PASSWORD/$(sha256 "$redis_app")/" \
  -e "s/SHA256_OF_EXPORTER_PASSWORD/$(sha256 "$redis_exporter")/" \
  -e "s/SHA256_OF_OPERATOR_PASSWORD/$(sha256 "$redis_operator")/" \
  "$here/redis-users.acl" | keep redis_users.acl

chmod 444 "$dir"/*
echo "secrets are in $dir" >&2
