#!/usr/bin/env bash
# run.sh BUILD RESULTS [--collector]: real clients push to dolerite-host of the build tree BUILD for
# some seconds, ask it, and the tool looks for what they sent in the store. One line a client goes to
# the file RESULTS. The clients come from the registries of their languages, in fixed versions, into
# build/clients; one that can't be had is skipped. --collector also builds OpenTelemetry's Collector,
# which takes ten minutes; a Collector that is already built is used anyway.
#
# Exit code 1 if a client's law does not hold, 77 if no client ran.
set -euo pipefail
build=$(realpath "$1") results=$(realpath "$2") collector=${3:-}
here=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
cache=$(realpath "$here/../../..")/build/clients
host=$build/bin/dolerite-host tool=$build/bin/dolerite
seconds=3
mkdir -p "$cache/bin"
cd "$here"

python_sdk=1.4.0 node_sdk=0.6.4 otelcol=0.165.0
go_sdk=$(awk '$1 == "github.com/grafana/pyroscope-go" {print $2}' go.mod)
api=$(awk '$1 == "github.com/grafana/pyroscope/api" {print $2}' go.mod)
pdata=$(awk '$1 == "go.opentelemetry.io/collector/pdata/pprofile" {print $2}' go.mod)

work=$(mktemp -d)
stop() {
  [ ! -e "$work/host.pid" ] || kill "$(cat "$work/host.pid")" || true
  [ ! -e "$work/collector.pid" ] || kill "$(cat "$work/collector.pid")" || true
  wait
  rm -rf "$work"
}
trap stop EXIT

# What each client is installed with; its output goes to a log beside it.
install_go() { go build -o "$cache/bin/" ./pyroscope_go ./otlp ./canary; }
install_python() {
  [ -x "$cache/python/bin/python" ] || python3 -m venv "$cache/python"
  "$cache/python/bin/pip" install -q "pyroscope-io==$python_sdk"
}
install_node() { npm install --prefix "$cache/node" --no-audit --no-fund "@pyroscope/nodejs@$node_sdk"; }
install_collector() {
  [ ! -x "$cache/otelcol/otelcol" ] || return 0
  [ -n "$collector" ] || { echo "not built: --collector builds it"; return 1; }
  GOBIN=$cache/bin nice -n 19 go install "go.opentelemetry.io/collector/cmd/builder@v$otelcol" &&
    (cd "$cache" && nice -n 19 bin/builder --config "$here/collector/build.yaml")
}

ran=0
# client NAME VERSION LANGUAGE LAW: one line of results. LAW is a function of this script, which prints
# what does not hold.
client() {
  local result=sound log=$work/${1//\//_}.log
  if ! "install_$3" >"$log" 2>&1; then
    result="SKIPPED: $(tail -n 1 "$log" | cut -c -80)"
  else
    ran=$((ran + 1))
    "$4" >"$log" 2>&1 || result="FAULT: $(tail -n 1 "$log")"
  fi
  printf '%-20s %-10s %s\n' "$1" "$2" "$result" | tee -a "$results"
  [[ $result != FAULT* ]] || { cat "$log"; return 1; }
}

start_host() {
  "$host" --store "$work/store" --http 127.0.0.1:0 --grpc 127.0.0.1:0 >"$work/host.log" 2>&1 &
  echo $! >"$work/host.pid"
  until grep -qs 'gRPC on port' "$work/host.log"; do
    kill -0 "$(cat "$work/host.pid")"  # else it could not start
    sleep 0.1
  done
  http=$(sed -n 's,^http://,,p' "$work/host.log")
  grpc=127.0.0.1:$(sed -n 's/^gRPC on port //p' "$work/host.log")
}

# found SERVICE TYPE SAMPLE FUNCTION PERCENT: the function has at least so much of what the profiles of
# this type (label __name__) hold as this sample type.
found() {
  local rows share
  rows=$("$tool" top "$work/store/tenants/clients" -n 0 --sample-type "$3" \
    --where "{service_name=\"$1\", __name__=\"$2\"}")
  share=$(awk -v name="$4" 'index($0, name) {sub("%", "", $4); if ($4 > most) most = $4} END {print most + 0}' <<<"$rows")
  awk -v share="$share" -v least="$5" 'BEGIN {exit !(share >= least)}' && return
  echo "$rows"
  echo "$4 has $share % of $3 in $2 of $1, expected $5 % or more"
  return 1
}
absent() { ! found "$1" "$2" "$3" "$4" 0.01 || { echo "$4 is in $2 of $1"; return 1; }; }

go_pushes() {
  "$cache/bin/pyroscope_go" "$http" $seconds &&
    found go.client process_cpu cpu main.burnProcessor 50 &&
    found go.client memory alloc_space main.allocateMemory 50 &&
    found go.client mutex delay main.holdMutex 50 && absent go.client mutex delay main.waitForSender &&
    found go.client block delay main.waitForSender 1 &&
    found go.client goroutines goroutine main.waitForSender 1
}
python_pushes() {
  "$cache/python/bin/python" pyroscope_python.py "$http" $seconds &&
    found python.client process_cpu cpu burn_processor 50
}
node_pushes() {
  NODE_PATH=$cache/node/node_modules node pyroscope_node.js "$http" $seconds &&
    found node.client wall wall burnProcessor 30 &&
    found node.client memory inuse_space allocateMemory 30
}

# one_profile SERVICE: what came in several forms is one profile of two stacks.
one_profile() {
  local profiles
  profiles=$("$tool" ls "$work/store/tenants/clients" --json --where "{service_name=\"$1\"}")
  [ "$(wc -l <<<"$profiles")" = 1 ] && found "$1" "" requests root 33 && found "$1" "" requests leaf 100 &&
    return
  echo "expected one profile, found: $profiles"
  return 1
}
# send_otlp SERVICE HTTP GRPC: the same profile in each form.
send_otlp() {
  "$cache/bin/otlp" grpc "$3" "$1" && "$cache/bin/otlp" proto "$2" "$1" && "$cache/bin/otlp" json "$2" "$1"
}
otlp_forms() { send_otlp otlp.client "$http" "$grpc" && one_profile otlp.client; }

start_collector() {
  export COLLECTOR_HTTP=127.0.0.1:43180 COLLECTOR_GRPC=127.0.0.1:43170 HOST_HTTP=$http HOST_GRPC=$grpc
  "$cache/otelcol/otelcol" --config collector/forward.yaml --feature-gates=service.profilesSupport \
    >"$work/collector.log" 2>&1 &
  echo $! >"$work/collector.pid"
  until grep -q 'Everything is ready' "$work/collector.log"; do
    kill -0 "$(cat "$work/collector.pid")" || { cat "$work/collector.log"; return 1; }
    sleep 0.1
  done
}
collector_forwards() {
  start_collector && send_otlp collector.client $COLLECTOR_HTTP $COLLECTOR_GRPC || return 1
  one_profile collector.client && ! grep -E '\s(warn|error)\s' "$work/collector.log"
}

canary_asks() { "$cache/bin/canary" "$http"; }

# pprof has no tenant to name, so that it asks the one of pushes without.
pprof_asks() {
  local query shown total
  query="type=process_cpu:cpu:nanoseconds:cpu:nanoseconds&from=1800000000000&until=1800000010000"
  curl -sf --data-binary $'main;work 3\nmain 1\n' \
    "http://$http/ingest?name=pprof.client&from=1800000000&until=1800000005&format=folded&sampleRate=100" &&
    shown=$(PPROF_TMPDIR=$work go tool pprof -top -unit=ns "http://$http/pprof?$query") || return 1
  total=$("$tool" top "$work/store/tenants/anonymous" --json | sed -n '1s/.*"total":\([0-9]*\).*/\1/p')
  grep -q " of ${total}ns total" <<<"$shown" && return
  echo "expected a total of $total ns: $shown"
  return 1
}

start_host
faults=0
client pyroscope-go "$go_sdk" go go_pushes || faults=1
client pyroscope-io "$python_sdk" python python_pushes || faults=1
client @pyroscope/nodejs "$node_sdk" node node_pushes || faults=1
client pdata/pprofile "$pdata" go otlp_forms || faults=1
client pyroscope/api "$api" go canary_asks || faults=1
client "go tool pprof" "$(go env GOVERSION 2>/dev/null || true)" go pprof_asks || faults=1
client otelcol v$otelcol collector collector_forwards || faults=1
[ "$faults" = 0 ] || exit 1
[ "$ran" -gt 0 ] || exit 77
