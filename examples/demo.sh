#!/usr/bin/env bash
# Builds the command line tool, stores the bundled profiles of a small shop's checkout service in one
# block, and asks what got slower from v1.5.0 to v1.6.0. Then keeps them in an archive: imports,
# compacts, asks, deletes and collects.
#   demo.sh [DIRECTORY]    where the answers go; build/demo unless given
set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
out=${1:-$top/build/demo}
mkdir -p "$out"
out=$(cd "$out" && pwd)
cd "$top"
profiles=examples/data/checkout
dolerite=build/release/bin/dolerite

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
[ -t 1 ] || say() { printf '\n%s\n' "$*"; }

# shellcheck source=examples/quietly.sh
. examples/quietly.sh

[ -d "$profiles" ] || { echo "No profiles in $profiles" >&2; exit 1; }

say "1. Setting up: packages, and the tool (a minute or two the first time)"
quietly examples/install-deps.sh
quietly cmake --preset release
quietly cmake --build --preset release --parallel "$(nproc)" --target dolerite_tool

block=$out/checkout.dol
versions=(--base '{version="v1.5.0"}' --against '{version="v1.6.0"}' --profile-type cpu --normalize)

say "2. $(find "$profiles" -name '*.pb.gz' | wc -l) profiles into one block"
"$dolerite" build -o "$block" --path-labels '{version}/{pod}/*.{kind}.pb.gz' --root "$profiles" \
  --labels service_name=checkout "$profiles"/v*
# By section; the table by column would follow.
"$dolerite" info "$block" | awk '/^ *stored .* dataset *$/ && ++tables == 2 {rest = 1} !rest'

say "3. What got slower from v1.5.0 to v1.6.0"
"$dolerite" diff "${versions[@]}" "$block"

say "4. Pages for the browser"
"$dolerite" flame --profile-type cpu --format html -o "$out/flame.html" "$block"
"$dolerite" diff "${versions[@]}" --format html -o "$out/diff.html" "$block"
echo "  block        $block"
echo "  flame graph  $out/flame.html"
echo "  difference   $out/diff.html"

archive=$out/checkout.archive
rm -rf "$archive"
say "5. The same profiles into an archive, version by version; the second import adds what is new"
for some in v1.5.0 'v1.5.0 v1.6.0'; do
  # shellcheck disable=SC2086  # several directories
  (cd "$profiles" && "$top/$dolerite" import "$archive" --path-labels '{version}/{pod}/*.{kind}.pb.gz' --root . \
    --labels service_name=checkout $some)
done

say "6. Segments become blocks, and a question is asked as of one block"
"$dolerite" compact --all "$archive"
"$dolerite" top --profile-type cpu --where '{version="v1.6.0"}' "$archive" | awk 'NR <= 6'

say "7. One version is deleted: gone for every question, then from the disk"
"$dolerite" delete --where '{version="v1.5.0"}' "$archive"
"$dolerite" labels --values version "$archive"
"$dolerite" maintain --grace 0s "$archive"
"$dolerite" stats "$archive" | awk '!NF {exit} 1'
