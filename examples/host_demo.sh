#!/usr/bin/env bash
# Builds and starts a host, dolerite-host, pushes the bundled profiles to it as an agent does, and leaves it
# running until ^C.
#   host_demo.sh [DIRECTORY [ADDRESS]]    where it keeps its profiles: build/demo/host unless given;
#                                         its address and port for HTTP: 127.0.0.1:4040 unless given
set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
store=${1:-$top/build/demo/host}
http=${2:-127.0.0.1:4040}
mkdir -p "$store"
store=$(cd "$store" && pwd)
cd "$top"

# shellcheck source=examples/quietly.sh
. examples/quietly.sh

echo "Setting up: packages, and the host (some minutes the first time)"
quietly examples/install-deps.sh host
quietly cmake --preset release
quietly cmake --build --preset release --parallel "$(nproc)" --target dolerite_host

log=$(mktemp)
build/release/bin/dolerite-host --store "$store" --http "$http" --grpc "" >"$log" &
host=$!
trap 'kill "$host" 2>/dev/null || true; wait "$host" || true; rm -f "$log"' EXIT
until [ -s "$log" ]; do
  kill -0 "$host" || exit 1
  sleep 0.1
done
address=$(head -n 1 "$log")

# Pushes that wait at the same time are stored together; what a former run has pushed adds nothing.
cd examples/data/checkout
ls v*/*/*.pb.gz | xargs -P 16 -I{} sh -c '
  version=${1%%/*} pod=$(basename "$(dirname "$1")")
  curl -sS --fail --globoff --data-binary "@$1" \
    "$0/ingest?format=pprof&name=checkout%7Bversion=$version,pod=$pod%7D"' "$address" {}

echo "Pushed $(ls v*/*/*.pb.gz | wc -l) profiles of two versions of a service. Look at"
echo "  $address/"
echo "  go tool pprof -top '$address/pprof?type=process_cpu:cpu:nanoseconds:cpu:nanoseconds'"
echo "Agents push to this address: Pyroscope's SDKs, and OTLP to $address/v1development/profiles. ^C stops it."
wait "$host"
