#!/bin/bash
# Run by the MySQL image once, when its data are created. The user that couponrush runs as gets its rights after the
# migration, from the user that migrates (src/store/rights.ts); until then it may do nothing.
set -euo pipefail
password() { cat "/run/secrets/$1"; }
MYSQL_PWD=$(password mysql_root_password) mysql --protocol=socket -uroot <<SQL
CREATE DATABASE IF NOT EXISTS couponrush CHARACTER SET utf8mb4;
CREATE USER 'couponrush'@'%' IDENTIFIED BY '$(password mysql_migration_password)' WITH MAX_USER_CONNECTIONS 5;
GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, INDEX, DROP, REFERENCES ON couponrush.* TO 'couponrush'@'%' WITH GRANT OPTION;
CREATE USER 'couponrush_app'@'%' IDENTIFIED BY '$(password mysql_app_password)' WITH MAX_USER_CONNECTIONS 90;
CREATE USER 'exporter'@'%' IDENTIFIED BY '$(password mysql_exporter_password)' WITH MAX_USER_CONNECTIONS 3;
GRANT PROCESS, REPLICATION CLIENT ON *.* TO 'exporter'@'%';
GRANT SELECT ON performance_schema.* TO 'exporter'@'%';
SQL
