#!/bin/sh
# Runs Bun with the given arguments, after installing missing programs: Bun itself (the version that
# package.json pins, from npm, into node_modules) and the dependencies (when the lock file is newer than the
# last installation). Quiet when there is nothing to do; all talk goes to stderr.
set -eu
case $0 in */*) folder=${0%/*} ;; *) folder=. ;; esac
root=$(cd "$folder/.." && pwd)
modules=$root/node_modules
# Without a process for it: every command of `ecs` waits for this file.
pinned=
while [ -z "$pinned" ] && read -r name value; do
  [ "$name" = '"packageManager":' ] || continue
  value=${value#'"bun@'}
  pinned=${value%%'"'*}
done <"$root/package.json"

say() { printf 'ecs: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

# version_at_least HAVE WANT
version_at_least() {
  awk -v have="$1" -v want="$2" 'BEGIN {
    split(have, h, /[.-]/); split(want, w, /[.-]/)
    for (i = 1; i <= 3; i++) { if (h[i] + 0 > w[i] + 0) exit 0; if (h[i] + 0 < w[i] + 0) exit 1 }
    exit 0
  }'
}

runs() {
  version=$("$1" --version 2>/dev/null) && [ -n "$version" ] && version_at_least "$version" "$pinned"
}

# One installation at a time: a folder is made by one of two at once only. A lock whose owner is gone is taken
# over.
lock=$modules/.ecs-install.lock
with_lock() {
  mkdir -p "$modules"
  waited=0
  until mkdir "$lock" 2>/dev/null; do
    owner=$(cat "$lock/pid" 2>/dev/null || true)
    if [ "$waited" -ge 2 ] && { [ -z "$owner" ] || ! kill -0 "$owner" 2>/dev/null; }; then
      rm -rf "$lock"
      continue
    fi
    [ "$waited" -lt 600 ] || die "another installation holds $lock: remove it when none runs"
    sleep 1
    waited=$((waited + 1))
  done
  echo $$ >"$lock/pid"
  trap 'rm -rf "$lock"' EXIT
  trap 'rm -rf "$lock"; exit 130' INT TERM HUP
  status=0
  "$@" || status=$?
  rm -rf "$lock"
  trap - EXIT INT TERM HUP
  return "$status"
}

own=$modules/.cache/ecs-bun
own_bun=$own/node_modules/bun/bin/bun.exe
# The version that the installed Bun was found to run as, and where: a folder may be shared by machines.
checked=$own/checked

own_runs() {
  here="$pinned $(uname -sm)"
  [ "$checked" -nt "$own_bun" ] && read -r found <"$checked" && [ "$found" = "$here" ] && return 0
  runs "$own_bun" || return 1
  echo "$here" >"$checked" 2>/dev/null || true
}

install_bun() {
  own_runs && return 0
  command -v npm >/dev/null 2>&1 || die "needs Bun $pinned or newer, or Node 20 with npm to install it"
  say "installing Bun $pinned"
  mkdir -p "$own"
  printf '{"private":true}\n' >"$own/package.json"
  (cd "$own" && npm install --no-audit --no-fund --loglevel=error --no-package-lock "bun@$pinned" >&2) ||
    die "npm could not install bun@$pinned"
  # npm may be set not to run the package's own installer, which puts the binary in place.
  runs "$own_bun" || (cd "$own/node_modules/bun" && node install.js >&2) || true
  runs "$own_bun" || die "bun@$pinned was installed but does not run on this machine"
}

install_dependencies() {
  [ -f "$stamp" ] && [ ! "$root/bun.lock" -nt "$stamp" ] && return 0
  say "installing the dependencies"
  (cd "$root" && "$bun" install --frozen-lockfile >&2) || die "bun install failed: see above"
  touch "$stamp"
}

bun=$(command -v bun 2>/dev/null || true)
if [ -z "$bun" ] || ! runs "$bun"; then
  bun=$own_bun
  own_runs || with_lock install_bun
  # Children look for `bun` by its name.
  mkdir -p "$own/bin"
  [ -e "$own/bin/bun" ] || ln -sf "$own_bun" "$own/bin/bun"
  PATH=$own/bin:$PATH
  export PATH
fi

stamp=$modules/.ecs-installed
# Without a lock file this is an image, which has its dependencies.
if [ ! -f "$root/bun.lock" ]; then exec "$bun" "$@"; fi
if [ ! -f "$stamp" ] || [ "$root/bun.lock" -nt "$stamp" ]; then with_lock install_dependencies; fi

exec "$bun" "$@"
