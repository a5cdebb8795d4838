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

# A program of C by pkg-config; without arguments it says how it is used.
if PKG_CONFIG_PATH=$(dirname "$(find "$work/prefix" -name dolerite.pc)") && export PKG_CONFIG_PATH &&
  pkg-config --exists dolerite-c; then
  # shellcheck disable=SC2046  # flags are words
  cc -std=c99 -pedantic "$(dirname "$0")/../c_api/use_all.c" -o "$work/c" $(pkg-config --cflags --libs dolerite-c)
  code=0
  LD_LIBRARY_PATH=$(pkg-config --variable=libdir dolerite-c) "$work/c" 2>"$work/c.log" || code=$?
  [ "$code" = 2 ] && grep -q usage "$work/c.log"
fi
