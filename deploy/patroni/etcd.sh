#!/bin/sh
# One of the three etcds, by its name. A busy machine must not make it look dead: elections wait longer than by default.
set -eu
exec etcd --name "$1" --data-dir /var/lib/etcd/data --initial-cluster-token ecs \
  --initial-cluster etcd-1=http://etcd-1:2380,etcd-2=http://etcd-2:2380,etcd-3=http://etcd-3:2380 \
  --listen-client-urls http://0.0.0.0:2379 --advertise-client-urls "http://$1:2379" \
  --listen-peer-urls http://0.0.0.0:2380 --initial-advertise-peer-urls "http://$1:2380" \
  --heartbeat-interval 250 --election-timeout 2500 --auto-compaction-retention 1h --logger zap --log-level warn
