#!/usr/bin/env bash
# installed.sh BUILD WORK: installs the library of the build tree BUILD below WORK, moves it, and
# builds the consumer against it.
set -euo pipefail
build=$1 work=$2
# shellcheck source=tests/package/consume.sh
. "$(dirname "$0")/consume.sh"

rm -rf "$work"
mkdir -p "$work"
cmake --install "$build" --component library --prefix "$work/staged" >"$work/install.log"
mv "$work/staged" "$work/prefix"
consume "$work/prefix" "$work/consumer"
