#!/usr/bin/env bash
# use_all.sh TOOL PROGRAM DATA VALGRIND: runs the C program on a block of bundled profiles, under
# valgrind if a path of it is given.
set -euo pipefail
tool=$1 program=$2 data=$3 valgrind=$4
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$tool" build -o "$work/a.block" --labels service_name=checkout "$data"/v* >/dev/null
profile=$(find "$data" -name '*.cpu.pb.gz' | sort | head -1)
"$program" "$work/a.block" "$profile"
if [[ -n $valgrind ]]; then
  "$valgrind" --quiet --error-exitcode=9 --leak-check=full --show-leak-kinds=definite,indirect \
    "$program" "$work/a.block" "$profile"
fi
