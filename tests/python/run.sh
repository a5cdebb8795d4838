#!/usr/bin/env bash
# The Python package in a fresh virtual environment: builds the wheel around the library of the
# release preset, installs it with what the tests read tables with, and runs them. Arguments go to
# pytest. Says SKIPPED where the registry can't be reached.
#   run.sh --bench [SECONDS]  runs bench/python_bench.py in that environment instead
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
exec 3>&1
[ "${1:-}" != --bench ] || exec >&2 # rows alone are output
most_bytes=5000000
export PYTHONDONTWRITEBYTECODE=1

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cmake --build --preset release --parallel "$(nproc)" --target dolerite_c dolerite_tool
python3 -m venv "$work/env" || { echo "SKIPPED: python3 has no venv" >&2; exit 0; }
pip() { "$work/env/bin/python" -m pip --quiet --disable-pip-version-check "$@"; }
if ! pip download --no-deps --dest "$work" scikit-build-core; then
  echo "SKIPPED: the registry of Python packages can't be reached" >&2
  exit 0
fi

pip wheel --no-deps --wheel-dir "$work/wheel" src/python \
  --config-settings=cmake.define.DOLERITE_C_LIBRARY="$PWD/build/release/src/c_api/libdolerite_c.so"
wheel=("$work"/wheel/dolerite-*-py3-none-linux_x86_64.whl)
size=$(stat -c %s "${wheel[0]}")
echo "$(basename "${wheel[0]}"): $size bytes"
[ "$size" -lt "$most_bytes" ] || { echo "the wheel has more than $most_bytes bytes" >&2; exit 1; }

pip install "${wheel[0]}[test]"
if [ "${1:-}" = --bench ]; then
  profiles=$PWD/../shared/corpus/series/checkout
  [ -d "$profiles" ] || profiles=$PWD/examples/data/checkout
  bench=$PWD/bench/python_bench.py tool=$PWD/build/release/bin/dolerite
  cd "$work" # not the sources
  "$work/env/bin/python" "$bench" "$tool" "$profiles" "${2:-30}" >&3
  exit
fi
cd "$work" # not the sources
"$work/env/bin/python" -m pytest -q -p no:cacheprovider "$OLDPWD/tests/python" "$@"
