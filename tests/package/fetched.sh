#!/usr/bin/env bash
# fetched.sh WORK: the consumer takes the library's sources into its own build, as a shared library.
# What it then installs serves the consumer a second time. GCC compiles it for optimisation at link
# time, which finds names that are defined twice in different ways (the one definition rule).
set -euo pipefail
work=$1
# shellcheck source=tests/package/consume.sh
. "$(dirname "$0")/consume.sh"

rm -rf "$work"
mkdir -p "$work"
odr=
if "${CXX:-c++}" --version | grep -q 'Free Software'; then
  odr="-O0 -flto=auto -Wodr -Werror=odr"
fi
cmake -S "$consumer" -B "$work/build" -DDOLERITE_SOURCES="$consumer/../.." -DDOLERITE_UNITY=ON \
  -DBUILD_SHARED_LIBS=ON -DDOLERITE_INSTALL=ON -DCMAKE_CXX_FLAGS="${CXXFLAGS:-} $odr"
cmake --build "$work/build" --parallel 2
"$work/build/consumer"
if grep -E '^DOLERITE_(BUILD_[A-Z]+|WERROR):BOOL=ON' "$work/build/CMakeCache.txt"; then
  echo "a consumer gets only the library unless it asks for more" >&2
  exit 1
fi
if [ "$(uname)" = Linux ] && ! readelf -d "$work"/build/_deps/dolerite-build/libdolerite.so | grep -q NOW; then
  echo "a consumer's copy is not hardened" >&2
  exit 1
fi
cmake --install "$work/build" --prefix "$work/prefix" >"$work/install.log"
consume "$work/prefix" "$work/consumer"
