#!/bin/sh
# Prints users.conf: one user a part, with its subjects and no others, for so many partitions of each stream.
#   sh deploy/nats/users.sh 4 > deploy/nats/users.conf      (where the parts have STREAM_PARTITIONS=4)
# Without -f, the subjects with a star would be taken for names of files.
set -euf
partitions=${1:-1}

# each TEXT: a quoted TEXT for every partition, with its # replaced: by nothing in the first, then by -1, -2 ...
each() {
  n=0
  while [ "$n" -lt "$partitions" ]; do
    suffix=""
    [ "$n" -gt 0 ] && suffix="$2$n"
    for text in $1; do printf '          "%s"\n' "$text" | sed "s/#/$suffix/"; done
    n=$((n + 1))
  done
}

streams() {
  for action in INFO CREATE UPDATE; do printf '          "$JS.API.STREAM.%s.*"\n' "$action"; done
}

# consumes STREAM: what a worker needs of its stream, and no other's.
consumes() {
  each "dead-letters.$1# dead-letters.$1#.* \$JS.ACK.$1#.> \$JS.API.CONSUMER.*.$1#.> \$JS.API.CONSUMER.DURABLE.CREATE.$1#.*
    \$JS.API.CONSUMER.MSG.NEXT.$1#.* \$JS.API.STREAM.PURGE.$1#" -
}

# user NAME, then the subjects on stdin
user() {
  password=$(echo "$1" | tr 'a-z-' 'A-Z_')_PASSWORD
  printf '    {\n      user: %s, password: $%s\n      permissions: {\n        publish: [\n' "$1" "$password"
  cat
  printf '        ]\n        subscribe: [%s"_INBOX_%s.>"]\n      }\n    }\n' "${2:-}" "$1"
}

cat <<'END'
# Made by users.sh. One user a part, with its subjects and no others. Passwords come from the environment.
authorization {
  users: [
END
{ each "user.emotions.topic#" . && streams; } | user emotion-ingestion
{ each "transactions.topic#" . && streams; } | user transaction-ingestion
{ consumes emotions && streams; } | user emotion-processing
{ consumes transactions && streams; } | user transaction-processing
# Offers and notifications are not partitioned.
partitions=1
{ each "credit.offers.approved#" . && streams; } | user credit '"user.notifications", '
{ each "user.notifications#" . && consumes credits && streams; } | user credit-application
cat <<'END'
    # Operators: dead letters, tail, doctor.
    { user: operator, password: $OPERATOR_PASSWORD }
  ]
}
END
