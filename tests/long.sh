#!/usr/bin/env bash
# long.sh [MINUTES [LIVES [KILLS [HOST_KILLS]]]]: fuzzes each harness for so many minutes (default 10; 0:
# not at all) with the inputs of tests/data/fuzz and what earlier runs found (build/long), on all cores,
# with sanitizers. Then simulates so many lives of an archive (20000), kills so many processes that work
# on one (20000) and so many hosts that take pushes (200), and stores a million services. Writes what
# came out to tests/long_results.txt, to be committed. Fails if something found a fault; the input or
# the story lies in build/long then.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
minutes=${1:-10} lives=${2:-20000} kills=${3:-20000} host_kills=${4:-200}
jobs=$(nproc)
results=tests/long_results.txt
work=$PWD/build/long

examples/install-deps.sh ci
mkdir -p "$work"
if [ "$minutes" != 0 ]; then
  cmake --preset asan
  cmake --build --preset asan --parallel "$jobs" --target fuzz_programs
fi
cmake --preset release
cmake --build --preset release --parallel "$jobs" --target archive_test host_test

# fuzz NAME: one line of results; what libFuzzer said last goes to the log.
fuzz() {
  local name=$1 code=0
  mkdir -p "$work/$name"
  "build/asan/bin/${name}_fuzz" -max_total_time=$((minutes * 60)) -timeout=20 -rss_limit_mb=1024 \
    -print_final_stats=1 "-artifact_prefix=$work/$name-" "$work/$name" "tests/data/fuzz/$name" \
    >"$work/$name.log" 2>&1 || code=$?
  local runs edges
  runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$work/$name.log")
  edges=$(grep -o 'cov: [0-9]*' "$work/$name.log" | tail -n 1 | cut -c 6-)
  printf '%-10s %12s %8s  %s\n' "$name" "${runs:-?}" "${edges:-?}" \
    "$([ "$code" = 0 ] && echo sound || echo "FAULT (exit $code)")"
}
export -f fuzz
export minutes work

# endure PROGRAM NAME TESTS COUNT: one line of results, which the test program prints.
endure() {
  local line code=0
  "build/release/bin/$1" "$3" >"$work/$2.log" 2>&1 || code=$?
  line=$(grep "^$4 $2" "$work/$2.log") || { line="$2: no result" code=1; }
  printf '%s: %s\n' "$line" "$([ "$code" = 0 ] && echo sound || echo "FAULT (exit $code)")"
}

{
  if [ "$minutes" != 0 ]; then
    echo "Last long run: $minutes minutes a harness, $(git rev-parse --short HEAD), $(date -u +%F)"
    printf '%-10s %12s %8s  %s\n' harness runs edges result
    for program in build/asan/bin/*_fuzz; do basename "$program" _fuzz; done |
      xargs -P "$jobs" -I NAME bash -c 'fuzz NAME' | sort
  else
    # Those of the last run with fuzzers stay.
    sed '/^$/,$d' "$results"
  fi
  printf '\nLast lives and kills of an archive, and of hosts: %s, %s\n' "$(git rev-parse --short HEAD)" "$(date -u +%F)"
  DOLERITE_LIVES=$lives endure archive_test lives 'simulation: as many*' "$lives"
  DOLERITE_KILLS=$kills endure archive_test kills 'kills: as many*' '[0-9]*'
  DOLERITE_SERVICES=1000000 endure archive_test services 'services: as many*' 1000000
  DOLERITE_HOST_KILLS=$host_kills endure host_test 'kills of hosts' 'hosts that are killed*' "$host_kills"
} >"$results.new"
mv "$results.new" "$results"
cat "$results"
! grep -q FAULT "$results"
