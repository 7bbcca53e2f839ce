#!/usr/bin/env bash
# A throwaway Redis with a replica and three sentinels for the tests.
#   redis-sentinel.sh install                 installs redis-server and redis-sentinel with the system's package manager
#   redis-sentinel.sh start DIR [OPTION…]     starts them on loopback with their data in DIR, prints their URL; options go to redis-server
#   redis-sentinel.sh stop DIR                stops what was started in DIR
# shellcheck source=test/servers/redis.sh
source "$(dirname "$0")/redis.sh"

linked() { redis-cli -p "$1" info replication | grep -q master_link_status:up; }
agreed() { redis-cli -p "$1" sentinel ckquorum main | grep -q '3 usable' && knows_replica "$1"; }
knows_replica() { redis-cli -p "$1" sentinel replicas main | grep -q 127.0.0.1; }

sentinel() {
  local dir=$1 port=$2 master=$3
  mkdir -p "$dir"
  cat >"$dir/sentinel.conf" <<END
port $port
bind 127.0.0.1
dir $dir
daemonize yes
pidfile $dir/redis.pid
logfile $dir/redis.log
sentinel monitor main 127.0.0.1 $master 2
sentinel down-after-milliseconds main 1000
sentinel failover-timeout main 5000
END
  redis-sentinel "$dir/sentinel.conf" >/dev/null
  await "no answer from redis-sentinel in $dir" answers "$port"
}

start() {
  local master replica port sentinels=()
  master=$(free_port)
  launch "$1/$master" "$master" "${@:2}"
  replica=$(free_port)
  launch "$1/$replica" "$replica" --replicaof 127.0.0.1 "$master" "${@:2}"
  await 'the replica has no link' linked "$replica"
  for _ in 1 2 3; do
    port=$(free_port)
    sentinel "$1/$port" "$port" "$master"
    sentinels+=("$port")
  done
  for port in "${sentinels[@]}"; do await 'the sentinels have no quorum' agreed "$port"; done
  local hosts=("${sentinels[@]/#/127.0.0.1:}")
  echo "redis+sentinel://$(IFS=,; echo "${hosts[*]}")/main"
}

main "$@"
