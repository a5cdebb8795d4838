#!/usr/bin/env bash
# Installs the Debian packages that are missing, and asks nothing. The one list of what is needed.
#   install-deps.sh       to build and test
#   install-deps.sh host  and dolerite-host
#   install-deps.sh ci    and to run .ci/run
set -euo pipefail

packages=(
  cmake ninja-build g++ pkgconf
  libabsl-dev libzstd-dev libxxhash-dev libflatbuffers-dev flatbuffers-compiler libprotozero-dev
  libdeflate-dev libre2-dev
  libcurl4-openssl-dev libssl-dev  # dolerite::s3
  libcli11-dev nlohmann-json3-dev  # the command line tool
  catch2 libbenchmark-dev
)
if [ "${1:-}" = host ] || [ "${1:-}" = ci ]; then
  packages+=(libboost1.81-dev libgrpc++-dev curl)
fi
if [ "${1:-}" = ci ]; then
  packages+=(git mold clang-14 libclang-rt-14-dev clang-format-14 clang-tidy-14 chromium)
fi

is_installed() {
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

if ! command -v dpkg-query >/dev/null; then
  echo "Not a Debian system. Needed, by their Debian names: ${packages[*]}" >&2
  exit 0
fi
missing=()
for package in "${packages[@]}"; do
  is_installed "$package" || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

as_root=()
if [ "$(id -u)" != 0 ]; then
  as_root=(sudo)
  [ -t 0 ] || as_root+=(-n)  # no one there to type a password
fi
install_missing() {
  export DEBIAN_FRONTEND=noninteractive
  "${as_root[@]}" apt-get -q update
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qy install --no-install-recommends "${missing[@]}"
}
echo "Installing ${missing[*]}"
# What is missing may be there in another form: then the build goes on, and else it says what it lacks.
install_missing || echo "Could not install all of: ${missing[*]}; going on with what is there" >&2
