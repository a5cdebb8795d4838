#!/usr/bin/env bash
# The demonstrations that the README begins with, as a newcomer runs them: each must end well.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

examples/demo.sh "$work/demo"

# Runs until it is stopped; then the host must have stored all and left no process.
examples/host_demo.sh "$work/host" 127.0.0.1:0 >"$work/log" 2>&1 &
demo=$!
until grep -q 'stops it' "$work/log"; do
  kill -0 "$demo" || { cat "$work/log" >&2; exit 1; }
  sleep 0.2
done
address=$(sed -n 's|^ *\(http://[^ ]*\)/$|\1|p' "$work/log")
curl -sS --fail "$address/" | grep -q checkout
kill "$demo"
wait "$demo" || [ $? = 143 ]
cat "$work/log"
! curl -s "$address/ready" >"$work/ready" || { echo "the host was left running" >&2; exit 1; }
