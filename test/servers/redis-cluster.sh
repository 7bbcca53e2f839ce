#!/usr/bin/env bash
# A throwaway Redis Cluster for the tests: three masters, each with a replica.
#   redis-cluster.sh install                 installs redis-server with the system's package manager
#   redis-cluster.sh start DIR [OPTION…]     starts it on loopback with its data in DIR, prints its URL; options go to redis-server
#   redis-cluster.sh stop DIR                stops what was started in DIR
# shellcheck source=test/servers/redis.sh
source "$(dirname "$0")/redis.sh"

linked() { [ "$(redis-cli -p "$1" info replication | grep -c 'role:master\|master_link_status:up')" = 1 ]; }
served() { redis-cli -p "$1" cluster info | grep -q cluster_state:ok; }

start() {
  local ports=() port hosts
  for _ in 1 2 3 4 5 6; do
    port=$(free_port)
    launch "$1/$port" "$port" --cluster-enabled yes --cluster-node-timeout 2000 "${@:2}"
    ports+=("$port")
  done
  hosts=("${ports[@]/#/127.0.0.1:}")
  redis-cli --cluster create "${hosts[@]}" --cluster-replicas 1 --cluster-yes >"$1/create.log"
  for port in "${ports[@]}"; do
    await "node $port does not serve the cluster" served "$port"
    await "node $port has no link to its master" linked "$port"
  done
  echo "redis+cluster://$(IFS=,; echo "${hosts[*]}")"
}

main "$@"
