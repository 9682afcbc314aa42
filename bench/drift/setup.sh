#!/usr/bin/env bash
# Installs the peers into .local/bench-venv/drift, exactly as pinned. Takes some 700 MB. Needs Python 3.11.
#
#   bash bench/drift/setup.sh [PYTHON]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
home=$here/../../.local/bench-venv/drift
python=${1:-python3}
wanted=$(sha256sum <"$here/requirements.txt")
[ "$(cat "$home/requirements.sha256" 2>/dev/null)" = "$wanted" ] && exit 0
rm -rf "$home"
mkdir -p "$(dirname "$home")"
"$python" -m venv "$home"
"$home/bin/python" -m pip install --quiet --requirement "$here/requirements.txt"
echo "$wanted" >"$home/requirements.sha256"
