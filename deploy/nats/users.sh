#!/bin/sh
# Prints users.conf: one user a service, with its subjects and no others, for so many partitions of each stream.
#   sh deploy/nats/users.sh 4 > deploy/nats/users.conf      (where the services have STREAM_PARTITIONS=4)
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

# publishes STREAM SUBJECT: its subject, and whether its stream is there.
publishes() {
  each "$2#" .
  each "\$JS.API.STREAM.INFO.$1#" -
}

# consumes STREAM DURABLE: its own consumer's messages, their dead letters, and making room in its own stream.
consumes() {
  each "dead-letters.$1# dead-letters.$1#.* \$JS.ACK.$1#.$2.> \$JS.API.CONSUMER.INFO.$1#.$2 \$JS.API.CONSUMER.MSG.NEXT.$1#.$2
    \$JS.API.STREAM.INFO.$1# \$JS.API.STREAM.PURGE.$1#" -
  text '$JS.API.STREAM.INFO.dead-letters'
}

# keeps STREAM [DURABLE]: makes and changes the stream and its consumer; never deletes a stream, nor takes messages.
keeps() {
  each "\$JS.API.STREAM.INFO.$1# \$JS.API.STREAM.CREATE.$1# \$JS.API.STREAM.UPDATE.$1#" -
  [ -z "${2:-}" ] || each "\$JS.API.CONSUMER.INFO.$1#.$2 \$JS.API.CONSUMER.CREATE.$1#.$2.> \$JS.API.CONSUMER.CREATE.$1#.$2
    \$JS.API.CONSUMER.DURABLE.CREATE.$1#.$2 \$JS.API.CONSUMER.DELETE.$1#.$2" -
}

text() { printf '          "%s"\n' "$1"; }

# user NAME, then the subjects on stdin
user() {
  password=$(echo "$1" | tr 'a-z-' 'A-Z_')_PASSWORD
  printf '    {\n      user: %s, password: $%s\n      permissions: {\n        publish: [\n' "$1" "$password"
  cat
  printf '        ]\n        subscribe: [%s"_INBOX_%s.>"]\n      }\n    }\n' "${2:-}" "$1"
}

cat <<'END'
# Made by users.sh. One user a service, with its subjects and no others. Passwords come from the environment.
authorization {
  users: [
END
publishes emotions user.emotions.topic | user emotion-ingestion
publishes transactions transactions.topic | user transaction-ingestion
consumes emotions emotion-processing | user emotion-processing
consumes transactions transaction-processing | user transaction-processing
# The one that may make streams. It looks at all of them to tell how much room is left.
{
  keeps emotions emotion-processing && keeps transactions transaction-processing
  partitions=1
  keeps credits credit-application && keeps notifications && keeps dead-letters
  text '$JS.API.INFO' && text '$JS.API.STREAM.LIST'
} | user stream-keeper
# Offers and notifications are not partitioned.
partitions=1
publishes credits credit.offers.approved | user credit '"user.notifications", '
{ publishes notifications user.notifications && consumes credits credit-application; } | user credit-application
cat <<'END'
    # Operators: dead letters, tail, doctor.
    { user: operator, password: $OPERATOR_PASSWORD }
  ]
}
END
