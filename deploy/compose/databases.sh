#!/bin/sh
# Runs once, when the volume of PostgreSQL is empty: a database and a role for each service, and one for the key ring.
# Whoever has a service's role cannot read another service's database.
set -eu
for name in intake triage sla billing docs keyring; do
  psql --set ON_ERROR_STOP=1 --set name="$name" --set password="$DESK_DATABASE_PASSWORD" --username "$POSTGRES_USER" <<'SQL'
CREATE ROLE :"name" LOGIN PASSWORD :'password';
CREATE DATABASE :"name" OWNER :"name";
REVOKE CONNECT ON DATABASE :"name" FROM PUBLIC;
SQL
done
