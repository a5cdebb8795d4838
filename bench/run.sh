#!/usr/bin/env bash
# Builds the benchmarks with the release preset, runs them, and prints one table.
#
#   bench/run.sh                        all questions
#   bench/run.sh size query             some: the names of *_bench.cc
#   bench/run.sh python                 what takes ten minutes and Python's registry, only if named
#   bench/run.sh --write size query     and puts what comes out into bench/README.md
#
# google/pprof is built here and run first if Go is installed, from the copy that comes with Go.
# BUILD_DIR, GO and GOPATH_PPROF name another build directory, another Go, another place of
# src/github.com/google/pprof.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
build=${BUILD_DIR:-build/release}
go=${GO:-go}
page=
if [[ ${1:-} == --write ]]; then
  page=bench/README.md
  shift
fi
questions=("$@")
if ((${#questions[@]} == 0)); then
  questions=(size parts ingest otlp query diff series curve cores plan archive_plan open scan arrow c_api pass stop compact memory columns growth import month trips s3 host)
fi

{
  if [[ -z ${BUILD_DIR:-} ]]; then cmake --preset release; fi
  cmake --build "$build" --target bench --parallel "$(nproc)"
} >&2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# rival SERIES FOLDER PATTERN: what google/pprof takes, to rivals.txt; as in support/series.cc.
rival() {
  [[ -d $2 ]] || return 0
  local procs
  for procs in 1 2; do
    find "$2" -name "$3" | sort |
      GOMAXPROCS=$procs "$work/pprof_merge" "$1" 5 >>"$work/rivals.txt"
  done
}

rivals() {
  : >"$work/rivals.txt"
  local gopath=${GOPATH_PPROF:-$work/gopath} shipped
  if ! command -v "$go" >/dev/null; then
    echo "SKIPPED: Go is not installed" >&2
    return
  fi
  shipped=$("$go" env GOROOT)/src/cmd/vendor/github.com/google/pprof
  if [[ -z ${GOPATH_PPROF:-} && -d $shipped ]]; then
    mkdir -p "$gopath/src/github.com/google"
    cp -r "$shipped" "$gopath/src/github.com/google"
  fi
  if ! GO111MODULE=off GOPROXY=off GOFLAGS='' GOPATH=$gopath GOCACHE=$(realpath "$build")/go \
    "$go" build -o "$work/pprof_merge" bench/rivals/pprof_merge.go; then
    echo "SKIPPED: google/pprof does not build" >&2
    return
  fi
  local corpus=../shared/corpus/series
  rival bundled-cpu examples/data/checkout '*.cpu.pb.gz'
  rival bundled-heap examples/data/checkout '*.heap.pb.gz'
  rival checkout-cpu "$corpus/checkout" '*.cpu.pb.gz'
  rival checkout-heap "$corpus/checkout" '*.heap.pb.gz'
  rival checkout-goroutine "$corpus/checkout" '*.goroutine.pb.gz'
  rival checkout-mutex "$corpus/checkout" '*.mutex.pb.gz'
  rival checkout-whole "$corpus/checkout" '*.pb.gz'
  rival parca-public "$corpus/parca-public" '*.pb.gz'
}

machine() {
  echo "machine   $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1), $(nproc) cores, load $(cut -d' ' -f1-3 /proc/loadavg)"
  local compiler
  compiler=$(sed -n 's/^CMAKE_CXX_COMPILER:[^=]*=//p' "$build/CMakeCache.txt")
  echo "compiler  $("$compiler" --version | head -1)"
  echo "libraries zstd $(pkg-config --modversion libzstd), libdeflate $(pkg-config --modversion libdeflate)"
  echo "rival     $("$go" version 2>/dev/null || echo 'no Go'), its google/pprof"
  echo "times     CPU time of one thread, medians; ratio: how many times better than the rival"
  echo "date      $(date -u +%F)"
}

# Titles are lines of their own; the rest is aligned.
table() {
  awk -F'\t' '
    { rows[NR] = $0; for (i = 1; i < NF; i++) if (length($i) > width[i]) width[i] = length($i) }
    END {
      for (r = 1; r <= NR; r++) {
        n = split(rows[r], cell, "\t")
        if (n == 1) { print (r > 2 ? "\n" : "") rows[r]; continue }
        for (i = 1; i < n; i++) printf "%-*s  ", width[i], cell[i]
        print cell[n]
      }
    }'
}

answer() {
  local program=$build/bin/$1_bench
  if [[ $1 == columns ]]; then
    "$program" --benchmark_filter='limit/zstd|column/.*/decode' --benchmark_min_time=0.05 \
      --benchmark_format=csv 2>/dev/null | awk -f bench/columns.awk
  elif [[ $1 == month ]]; then
    "$program" 2 corpus 5 1
  elif [[ $1 == python ]]; then
    tests/python/run.sh --bench
  else
    "$program" "$work/rivals.txt"
  fi
}

# put NAME: what comes in, on stdout, and with --write between the marks of that name on the page.
put() {
  tee "$work/$1.txt"
  [[ -n $page ]] || return 0
  awk -v name="$1" -v file="$work/$1.txt" '
    !inside { print }
    $0 == "<!-- begin " name " -->" {
      inside = 1
      print "```"
      while ((getline line < file) > 0) print line
      print "```"
    }
    inside && $0 == "<!-- end -->" { inside = 0; print }' "$page" >"$work/page"
  cp "$work/page" "$page"
}

[[ " ${questions[*]} " =~ \ (ingest|query)\  ]] && rivals
machine | put machine
for question in "${questions[@]}"; do
  if [[ $question != python && ! -x $build/bin/${question}_bench ]]; then
    echo "SKIPPED: $question is not built" >&2  # s3 needs libcurl
    continue
  fi
  { printf 'what\tDolerite\trival or limit\tratio\tgoal\n' && answer "$question"; } | table |
    put "$question"
  echo
done
