#!/usr/bin/env bash
# Installs the libraries that make the models, and each peer in an environment of its own, and
# writes the models and the attacks to .local/bench/scan. Takes some 8 GB. Needs Python 3.12.
#
#   bash bench/scan/setup.sh [PYTHON]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
home=$here/../../.local/bench/scan
python=${1:-python3.12}
mkdir -p "$home"
cd "$home"
export UV_CACHE_DIR=$home/uv-cache

[ -x venv-tools/bin/uv ] || { "$python" -m venv venv-tools && venv-tools/bin/pip install -q uv==0.13.8; }
install() { # NAME PACKAGE...
  [ -d "venv-$1" ] || venv-tools/bin/uv venv -q --python "$python" "venv-$1"
  venv-tools/bin/uv pip install -q --python "venv-$1/bin/python" "${@:2}"
}
install models -r "$here/requirements.txt"
install picklescan 'picklescan[7z]==1.0.5'
install fickling 'fickling[archive,torch]==0.1.12' torch==2.15.0
install modelscan 'modelscan[h5py]==0.8.8'
install modelaudit 'modelaudit[dill,h5,joblib,onnx,pytorch,safetensors,sevenzip,xgboost]==0.2.54' torch==2.15.0

rm -rf benign malicious
venv-models/bin/python "$here/make_benign.py" benign
venv-models/bin/python "$here/make_malicious.py" malicious
