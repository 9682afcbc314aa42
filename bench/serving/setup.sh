#!/usr/bin/env bash
# Installs the peers, each in an environment of its own with exactly the pinned packages, and writes
# the models, all into .local/bench-venv. Takes about 1.5 GB. Needs Python 3.11 or newer.
#
#   bash bench/serving/setup.sh [PYTHON]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
home=$here/../../.local/bench-venv
python=${1:-python3}
mkdir -p "$home"
cd "$home"

for peer in mlserver kserve; do
  wanted=$(sha256sum <"$here/peers/$peer.txt")
  [ "$(cat "$peer/requirements.sha256" 2>/dev/null)" = "$wanted" ] && continue
  rm -rf "$peer"
  "$python" -m venv "$peer"
  "$peer/bin/python" -m pip install --quiet --requirement "$here/peers/$peer.txt"
  echo "$wanted" >"$peer/requirements.sha256"
done
rm -rf models
mlserver/bin/python "$here/make_models.py" models
