#!/usr/bin/env bash
# The Python that the Python client's tests run on.
#   python.sh install    installs one with the system's package manager, where there is none from 3.8 on with venv
set -euo pipefail

[ "${1:-}" = install ] || { echo "usage: $0 install" >&2; exit 2; }

if python3 -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 8))' 2>/dev/null; then
  exit
elif command -v apt-get >/dev/null; then
  as_root=()
  [ "$(id -u)" = 0 ] || as_root=(sudo)
  "${as_root[@]}" apt-get update -q
  DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -yq --no-install-recommends python3 python3-venv
elif command -v brew >/dev/null; then
  brew install python3
else
  echo "$0: neither apt-get nor brew here; install Python from 3.8 on by hand" >&2
  exit 1
fi
