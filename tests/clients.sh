#!/usr/bin/env bash
# clients.sh [BUILD]: what talks to servers, tried on real ones, and dolerite-host, tried with real
# clients, with the programs of the build tree BUILD (build/release). Starts each S3 server that is
# installed, and runs the laws of stores and the tool over it; then tests/host/clients/run.sh.
#   clients.sh --install  installs the packages of radosgw first, and versitygw where Go is
#   clients.sh --all      installs them, builds the Collector of OpenTelemetry too, which takes ten
#                         minutes, and writes what came out to tests/clients_results.txt, to be committed
#
# A server or client that can't be had is skipped, and named. Exit code 77 if none can be had.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# What is built from source goes here, beside the build trees.
programs=$PWD/build/clients
PATH=$programs:$PATH
versitygw=github.com/versity/versitygw/cmd/versitygw@v1.8.0

work=$(mktemp -d)
stop() {
  tests/s3/start-radosgw.sh --stop "$work/radosgw"
  [ ! -e "$work/versitygw.pid" ] || kill "$(cat "$work/versitygw.pid")" || true
  rm -rf "$work"
}
trap stop EXIT

collector=()
if [ "${1:-}" = --all ]; then
  collector=(--collector)
  set -- --install "${@:2}"
fi

packages=(ceph-mon ceph-osd radosgw ceph-common curl)
if [ "${1:-}" = --install ]; then
  shift
  as_root=()
  [ "$(id -u)" = 0 ] || as_root=(sudo -n)
  "${as_root[@]}" apt-get -q update
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get -qy install --no-install-recommends "${packages[@]}"
  if command -v go >/dev/null && ! command -v versitygw >/dev/null; then
    # Takes some minutes. Without a module proxy that has it, it is skipped like any other server.
    GOBIN=$programs go install "$versitygw" ||
      echo "SKIPPED: versitygw, go install $versitygw failed" >&2
  fi
fi
build=${1:-build/release}

# result NAME VERSION RESULT: one line of the results.
result() { printf '%-20s %-10s %s\n' "$@" >>"$work/results"; }
skip() {
  echo "SKIPPED: $1, $2" >&2
  result "$1" "" "SKIPPED: $2"
}
# have NAME PROGRAM...: whether all are installed, and the tests that want the server are built.
have() {
  local program
  for program in "$build/bin/s3_test" "${@:2}"; do
    command -v "$program" >/dev/null && continue
    skip "$1" "no $program"
    return 1
  done
}

empty=e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
# create_bucket ENDPOINT
create_bucket() {
  curl -sf --retry 50 --retry-connrefused --retry-delay 1 -o /dev/null -X PUT "$1/dolerite" \
    --aws-sigv4 aws:amz:us-east-1:s3 --user TESTKEY:TESTSECRET -H "x-amz-content-sha256: $empty"
}
# check NAME VERSION ENDPOINT: runs the tests of real servers.
check() {
  echo "=== $1 at $3"
  create_bucket "$3"
  DOLERITE_S3_ENDPOINT=$3 DOLERITE_S3_BUCKET=dolerite "$build/bin/s3_test" '[real]'
  [ ! -x "$build/bin/dolerite-s3" ] ||
    DOLERITE_S3_ENDPOINT=$3 DOLERITE_S3_BUCKET=dolerite sh tests/tool/s3.sh "$build/bin/dolerite" "$PWD"
  result "$1" "$2" sound
}

if have radosgw ceph-mon ceph-osd ceph radosgw radosgw-admin curl; then
  check radosgw "$(radosgw --version | cut -d ' ' -f 3 | cut -d + -f 1)" \
    "$(tests/s3/start-radosgw.sh "$work/radosgw" 7520)"
fi
if have versitygw versitygw curl; then
  mkdir "$work/versitygw"
  ROOT_ACCESS_KEY=TESTKEY ROOT_SECRET_KEY=TESTSECRET \
    versitygw --port 127.0.0.1:7524 --keep-alive posix "$work/versitygw" >"$work/versitygw.log" 2>&1 &
  echo $! >"$work/versitygw.pid"
  check versitygw "${versitygw##*@}" http://127.0.0.1:7524
fi

code=0
if [ -x "$build/bin/dolerite-host" ]; then
  echo "=== Clients of dolerite-host"
  tests/host/clients/run.sh "$build" "$work/results" "${collector[@]}" || code=$?
else
  skip dolerite-host "no $build/bin/dolerite-host"
fi
if [ ${#collector[@]} -gt 0 ]; then
  {
    echo "Last run of all clients and servers: $(git rev-parse --short HEAD), $(date -u +%F)"
    cat "$work/results"
  } >tests/clients_results.txt
fi
[ "$code" = 0 ] || [ "$code" = 77 ] || exit "$code"
grep -qv SKIPPED "$work/results" || exit 77
