#!/bin/sh
# Ends the pooler, and with it the connections of its clients, when its server has started or changed its role: clients search
# the primary when they connect, and the pooler would keep them when the primary is elsewhere.
[ ! -s /tmp/pgbouncer.pid ] || kill -QUIT "$(cat /tmp/pgbouncer.pid)" 2>/dev/null || :
