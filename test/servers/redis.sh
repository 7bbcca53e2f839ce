#!/usr/bin/env bash
# A throwaway Redis for the tests.
#   redis.sh install                 installs redis-server with the system's package manager
#   redis.sh start DIR [OPTION…]     starts one on loopback with its data in DIR, prints its URL; options go to redis-server
#   redis.sh stop DIR                stops the one that was started in DIR
set -euo pipefail

usage() { sed -n '2,5s/^# \{0,1\}//p' "$0"; }

install() {
  if command -v redis-server >/dev/null; then
    return
  elif command -v apt-get >/dev/null; then
    local as_root=()
    [ "$(id -u)" = 0 ] || as_root=(sudo)
    "${as_root[@]}" apt-get update -q
    DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -yq --no-install-recommends redis-server
  elif command -v brew >/dev/null; then
    brew install redis
  else
    echo "redis.sh: neither apt-get nor brew here; install redis-server by hand" >&2
    exit 1
  fi
}

free_port() {
  node -e 'const s = require("node:net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })'
}

start() {
  local dir port
  mkdir -p "$1"
  dir=$(cd "$1" && pwd)
  port=$(free_port)
  redis-server --port "$port" --bind 127.0.0.1 --dir "$dir" --daemonize yes --pidfile "$dir/redis.pid" \
    --logfile "$dir/redis.log" --save '' --appendonly yes --maxmemory-policy noeviction "${@:2}" >/dev/null
  for _ in $(seq 100); do
    if [ "$(redis-cli -h 127.0.0.1 -p "$port" ping 2>/dev/null)" = PONG ] && [ -s "$dir/redis.pid" ]; then
      echo "redis://127.0.0.1:$port"
      return
    fi
    sleep 0.1
  done
  echo "redis.sh: no answer from redis-server within 10 s:" >&2
  tail -n 20 "$dir/redis.log" >&2
  stop "$dir"
  exit 1
}

stop() {
  local pid
  [ -s "$1/redis.pid" ] || return 0
  pid=$(cat "$1/redis.pid")
  kill "$pid" 2>/dev/null || return 0
  for _ in $(seq 100); do
    kill -0 "$pid" 2>/dev/null || return 0
    sleep 0.1
  done
  echo "redis.sh: process $pid did not stop within 10 s" >&2
  exit 1
}

case "${1:-}:$#" in
  install:1) install ;;
  start:1) usage >&2 && exit 2 ;;
  start:*) start "${@:2}" ;;
  stop:2) stop "$2" ;;
  *) usage >&2 && exit 2 ;;
esac
