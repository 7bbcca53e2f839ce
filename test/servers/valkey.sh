#!/usr/bin/env bash
# A throwaway Valkey for the tests.
#   valkey.sh install                 installs valkey-server with the system's package manager
#   valkey.sh start DIR [OPTION…]     starts one on loopback with its data in DIR, prints its URL; options go to valkey-server
#   valkey.sh stop DIR                stops what was started in DIR
# shellcheck source=test/servers/redis.sh
source "$(dirname "$0")/redis.sh"

server=valkey-server
cli=valkey-cli

install() {
  if command -v valkey-server >/dev/null; then
    return
  elif command -v apt-get >/dev/null; then
    local as_root=() release
    [ "$(id -u)" = 0 ] || as_root=(sudo)
    "${as_root[@]}" apt-get update -q
    if ! apt-cache show valkey-server >/dev/null 2>&1; then
      # Debian 12 has it in its backports.
      release=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
      echo "deb $(apt-get indextargets --format '$(REPO_URI)' "Codename: $release" | head -n 1) $release-backports main" |
        "${as_root[@]}" tee /etc/apt/sources.list.d/trackside-backports.list >/dev/null
      "${as_root[@]}" apt-get update -q
    fi
    DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -yq --no-install-recommends valkey-server
  elif command -v brew >/dev/null; then
    brew install valkey
  else
    echo "$0: neither apt-get nor brew here; install valkey-server by hand" >&2
    exit 1
  fi
}

main "$@"
