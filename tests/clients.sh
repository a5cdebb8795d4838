#!/usr/bin/env bash
# clients.sh [BUILD]: what talks to servers, tried on real ones. Starts each S3 server that is installed,
# and runs the laws of stores and the tool over it with the programs of the build tree BUILD (build/release).
#   clients.sh --install    installs the packages of radosgw first, and versitygw where Go is
#
# A server that is not installed is skipped, and said so. Exit code 77 if there is none.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# What is built from source goes here, beside the build trees.
programs=$PWD/build/clients
PATH=$programs:$PATH
versitygw=github.com/versity/versitygw/cmd/versitygw@v1.8.0

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
if [ ! -x "$build/bin/s3_test" ]; then
  echo "clients.sh: no $build/bin/s3_test: build it, with libcurl4-openssl-dev installed" >&2
  exit 1
fi

work=$(mktemp -d)
stop() {
  tests/s3/start-radosgw.sh --stop "$work/radosgw"
  [ ! -e "$work/versitygw.pid" ] || kill "$(cat "$work/versitygw.pid")" || true
  rm -rf "$work"
}
trap stop EXIT

empty=e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
# create_bucket ENDPOINT
create_bucket() {
  curl -sf --retry 50 --retry-connrefused --retry-delay 1 -o /dev/null -X PUT "$1/dolerite" \
    --aws-sigv4 aws:amz:us-east-1:s3 --user TESTKEY:TESTSECRET -H "x-amz-content-sha256: $empty"
}
# check NAME ENDPOINT: runs the tests of real servers.
servers=0
check() {
  echo "=== $1 at $2"
  create_bucket "$2"
  DOLERITE_S3_ENDPOINT=$2 DOLERITE_S3_BUCKET=dolerite "$build/bin/s3_test" '[real]'
  [ ! -x "$build/bin/dolerite-s3" ] ||
    DOLERITE_S3_ENDPOINT=$2 DOLERITE_S3_BUCKET=dolerite sh tests/tool/s3.sh "$build/bin/dolerite" "$PWD"
  servers=$((servers + 1))
}
# have NAME PROGRAM...: whether all are installed.
have() {
  local program
  for program in "${@:2}"; do
    command -v "$program" >/dev/null && continue
    echo "SKIPPED: $1, $program is not installed" >&2
    return 1
  done
}

if have radosgw ceph-mon ceph-osd ceph radosgw radosgw-admin curl; then
  check radosgw "$(tests/s3/start-radosgw.sh "$work/radosgw" 7520)"
fi
if have versitygw versitygw curl; then
  mkdir "$work/versitygw"
  ROOT_ACCESS_KEY=TESTKEY ROOT_SECRET_KEY=TESTSECRET \
    versitygw --port 127.0.0.1:7524 --keep-alive posix "$work/versitygw" >"$work/versitygw.log" 2>&1 &
  echo $! >"$work/versitygw.pid"
  check versitygw http://127.0.0.1:7524
fi
[ "$servers" -gt 0 ] || exit 77
