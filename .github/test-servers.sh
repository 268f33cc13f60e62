#!/bin/sh
# The servers that tests start themselves, on a runner of GitHub. Its own mysqld may only touch its own folder (AppArmor), and tests
# that start a server would find it first.
set -eu
sudo apt-get update -qq
sudo apt-get purge -y -qq 'mysql-server*'
sudo DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
  redis-server mariadb-server-core mariadb-client-core "$@"
sudo systemctl disable --now redis-server
for service in prometheus prometheus-alertmanager nginx haproxy; do
  case " $* " in *" $service "*) sudo systemctl disable --now "$service" ;; esac
done
