#!/usr/bin/env bash
# The Pythons that tests run on, with venv, from the system's package manager where they aren't there.
#   python.sh install               one from 3.8 on
#   python.sh install 3.11 3.10     one of these versions, the first that can be had
set -euo pipefail

[ "${1:-}" = install ] || { echo "usage: $0 install [VERSION…]" >&2; exit 2; }
shift
[ $# -gt 0 ] && wanted=("${@/#/python}") || wanted=(python3)

for python in "${wanted[@]}"; do
  if "$python" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 8))' 2>/dev/null; then exit; fi
done

if command -v apt-get >/dev/null; then
  as_root=()
  [ "$(id -u)" = 0 ] || as_root=(sudo)
  "${as_root[@]}" apt-get update -q
  for python in "${wanted[@]}"; do
    if DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -yq --no-install-recommends "$python" "$python-venv"
    then exit; fi
  done
elif command -v brew >/dev/null; then
  for python in "${wanted[@]}"; do
    if brew install "${python/python3./python@3.}"; then exit; fi
  done
fi
echo "$0: install one of ${wanted[*]} by hand" >&2
exit 1
