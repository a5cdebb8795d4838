# Builds and runs examples/consumer against what is installed in $1, in the directory $2: by
# find_package, then by pkg-config. Read by the scripts beside it.
consumer=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../examples/consumer" && pwd)

consume() {
  local prefix=$1 work=$2
  cmake -S "$consumer" -B "$work" -DCMAKE_PREFIX_PATH="$prefix"
  cmake --build "$work"
  "$work/consumer"

  local libraries
  libraries=$(dirname "$(find "$prefix" -name libdolerite.\* | head -n 1)")
  export PKG_CONFIG_PATH=$libraries/pkgconfig
  # shellcheck disable=SC2046,SC2086  # flags are words
  "${CXX:-c++}" ${CXXFLAGS:-} -std=c++20 "$consumer/main.cc" -o "$work/by-pkg-config" \
    $(pkg-config --cflags --libs dolerite)
  LD_LIBRARY_PATH=$libraries "$work/by-pkg-config"
}
