#!/usr/bin/env bash
# Installs Rasa and Trackside's client into a virtual environment: `install.sh FOLDER [PYTHON]`, with CPython 3.10 or
# 3.11 (default: python3.11). Takes a minute and 400 MB.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
folder=${1:?the folder of the virtual environment}
python=${2:-python3.11}

"$python" -m venv "$folder"
install=("$folder/bin/pip" install --quiet --disable-pip-version-check)
"${install[@]}" --no-deps setuptools==70.3.0 wheel
"${install[@]}" --no-deps --ignore-requires-python --no-build-isolation -r "$here/requirements.txt"
"${install[@]}" grpcio protobuf==4.23.3 googleapis-common-protos
"${install[@]}" --no-deps --editable "$here/../../clients/python"
