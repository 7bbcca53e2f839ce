#!/usr/bin/env bash
# A throwaway Redis for the tests.
#   redis.sh install                 installs redis-server with the system's package manager
#   redis.sh start DIR [OPTION…]     starts one on loopback with its data in DIR, prints its URL; options go to redis-server
#   redis.sh stop DIR                stops what was started in DIR
# Sourced, it is what the other scripts for Redis and its kin are made of.
set -euo pipefail

server=redis-server
cli=redis-cli

install() {
  if command -v redis-server redis-sentinel >/dev/null; then
    return
  elif command -v apt-get >/dev/null; then
    local as_root=()
    [ "$(id -u)" = 0 ] || as_root=(sudo)
    "${as_root[@]}" apt-get update -q
    DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -yq --no-install-recommends \
      redis-server redis-sentinel
  elif command -v brew >/dev/null; then
    brew install redis
  else
    echo "$0: neither apt-get nor brew here; install redis-server by hand" >&2
    exit 1
  fi
}

# One that leaves room for a cluster's second port, 10000 above it.
free_port() {
  node -e 'const { createServer } = require("node:net");
    const take = () => { const s = createServer().listen(0, "127.0.0.1", () => {
      const { port } = s.address();
      s.close(() => port < 55535 ? console.log(port) : take()); }); };
    take();'
}

# await WHAT COMMAND…: until it succeeds, for 20 s.
await() {
  local what=$1
  shift
  for _ in $(seq 200); do
    if "$@" >/dev/null 2>&1; then return; fi
    sleep 0.1
  done
  echo "$0: $what within 20 s" >&2
  return 1
}

answers() { [ "$("$cli" -h 127.0.0.1 -p "$1" ping)" = PONG ]; }

# launch DIR PORT [OPTION…]: a server with its data in DIR.
launch() {
  local dir=$1 port=$2
  mkdir -p "$dir"
  "$server" --port "$port" --bind 127.0.0.1 --dir "$dir" --daemonize yes --pidfile "$dir/redis.pid" \
    --logfile "$dir/redis.log" --save '' --appendonly yes --maxmemory-policy noeviction \
    --repl-diskless-sync-delay 0 "${@:3}" >/dev/null
  await "no answer from $server in $dir" answers "$port"
}

start() {
  local port
  port=$(free_port)
  launch "$1" "$port" "${@:2}"
  echo "redis://127.0.0.1:$port"
}

# Told again and again: a server that begins its append-only file refuses to end.
gone() { ! kill "$1"; }

stop() {
  local file pid pids=''
  for file in "$1"/redis.pid "$1"/*/redis.pid; do
    [ -s "$file" ] || continue
    pid=$(cat "$file")
    kill "$pid" 2>/dev/null || continue
    pids+=" $pid"
  done
  for pid in $pids; do await "process $pid did not stop" gone "$pid"; done
}

# What a script of this folder does with its arguments.
main() {
  case "${1:-}:$#" in
    install:1) install ;;
    start:1) usage >&2 && exit 2 ;;
    start:*)
      mkdir -p "$2"
      local dir
      dir=$(cd "$2" && pwd)
      if ! start "$dir" "${@:3}"; then
        tail -n 20 "$dir"/redis.log "$dir"/*/redis.log >&2 2>/dev/null || true
        stop "$dir"
        exit 1
      fi
      ;;
    stop:2) stop "$2" ;;
    *) usage >&2 && exit 2 ;;
  esac
}

usage() { sed -n '2,5s/^# \{0,1\}//p' "$0"; }

if [ "${BASH_SOURCE[0]}" = "$0" ]; then main "$@"; fi
