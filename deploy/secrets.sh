#!/bin/sh
# Writes the secrets of a new installation to .env (mode 0600), which compose reads. Keeps existing ones.
#   sh deploy/secrets.sh [file]
set -eu
file=${1:-.env}
umask 077
touch "$file"
for name in SECRET_KEY ERASURE_KEY INTERNAL_SERVICE_API_KEY POSTGRES_PASSWORD OPERATOR_PASSWORD GATEWAY_PASSWORD \
  EMOTION_INGESTION_PASSWORD TRANSACTION_INGESTION_PASSWORD EMOTION_PROCESSING_PASSWORD \
  TRANSACTION_PROCESSING_PASSWORD CREDIT_PASSWORD CREDIT_APPLICATION_PASSWORD CHALLENGER_PASSWORD WEBHOOKS_PASSWORD \
  BACK_OFFICE_PASSWORD PRIVACY_PASSWORD STREAM_KEEPER_PASSWORD ROUTE_PASSWORD REPLICATION_PASSWORD SENTINEL_PASSWORD \
  PATRONI_PASSWORD; do
  grep -q "^$name=" "$file" && continue
  # A letter first: the broker's configuration would read a number otherwise.
  echo "$name=s$(od -An -tx1 -N24 /dev/urandom | tr -d ' \n')" >> "$file"
done
chmod 600 "$file"
