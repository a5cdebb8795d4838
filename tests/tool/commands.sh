# What each command gives on real profiles.
. "$(dirname "$0")/lib.sh"
old='{version="v1.5.0"}'
new='{version="v1.6.0"}'

build_demo_block
err_has '44 profiles'
err_has '1 file skipped'  # README.md
out_empty
block=$work/demo.block

# The same profiles, the same bytes: whatever the order.
find "$source/examples/data/checkout" -name '*.pb.gz' | sort -r >"$work/files"
# shellcheck disable=SC2046  # paths without spaces
run 0 build -o "$work/again.block" --root "$source/examples/data" \
  --path-labels '{service_name}/{version}/{pod}/*.{kind}.pb.gz' $(cat "$work/files")
cmp -s "$block" "$work/again.block" || fail "the order of files changes the block"

run 0 verify "$block" "$work/again.block"
[ "$(grep -c ': OK$' "$work/out")" = 2 ] || fail "verify names each block"
run 0 verify --json "$block"
out_has '"ok":true'

run 0 ls "$block"
[ "$(wc -l <"$work/out")" = 45 ] || fail "ls has a line for each profile"
run 0 ls --json --where "$new" --profile-type heap "$block"
[ "$(wc -l <"$work/out")" = 2 ] || fail "ls selects"
out_has '"version":"v1.6.0"'

run 0 top --profile-type cpu -n 3 "$block"
[ "$(wc -l <"$work/out")" = 5 ] || fail "top -n 3 has a heading, 3 rows and a total"
run 0 top --profile-type cpu --json "$block"
err_empty
out_has '^{"name":"main.checksum","flat":[0-9]*,"cum":[0-9]*}$'

# The first record is about the answer: the total is the sum of the rows, listed or left out.
sum_flat() { sed 1d "$work/out" | grep -o '"flat":-\{0,1\}[0-9]*' | awk -F: '{s += $2} END {printf "%.0f", s}'; }
header() { head -n 1 "$work/out" | sed "s/.*\"$1\":\([-0-9]*\).*/\1/"; }
head -n 1 "$work/out" | grep -q '^{"type":"cpu","unit":"nanoseconds","aggregate":"sum","total":[0-9]*,"profiles":40,"first_time":"20[^"]*Z","last_time":"20[^"]*Z","rows":[0-9]*,"rows_left_out":0,"flat_left_out":0,"flat_without_frames":[0-9]*}$' ||
  fail "top --json opens with another record: $(head -n 1 "$work/out")"
all=$(header rows) total=$(header total)
bare=$(header flat_without_frames)
[ $(($(sum_flat) + bare)) = "$total" ] || fail "the rows do not sum to the total"
run 0 top --profile-type cpu --json -n 3 "$block"
[ "$(wc -l <"$work/out")" = 4 ] || fail "top --json -n 3 has a record about the answer, and 3 rows"
[ "$(header rows_left_out)" = $((all - 3)) ] || fail "rows_left_out is wrong"
[ $(($(sum_flat) + bare + $(header flat_left_out))) = "$total" ] || fail "flat_left_out is wrong"
for by in function line file mapping address; do
  run 0 top --by $by --profile-type cpu --sample-type samples "$block"
done

# Two blocks answer as one.
run 0 build -o "$work/a.block" --labels kind=cpu,version=v1.5.0 "$source/examples/data/checkout/v1.5.0/d/0001.cpu.pb.gz"
run 0 build -o "$work/b.block" --labels kind=cpu,version=v1.5.0 "$source/examples/data/checkout/v1.5.0/d/0003.cpu.pb.gz"
run 0 build -o "$work/ab.block" --labels kind=cpu,version=v1.5.0 "$source/examples/data/checkout/v1.5.0/d/0001.cpu.pb.gz" \
  "$source/examples/data/checkout/v1.5.0/d/0003.cpu.pb.gz"
run 0 flame --format folded "$work/a.block" "$work/b.block"
cp "$work/out" "$work/folded"
run 0 flame --format folded "$work/ab.block"
cmp -s "$work/out" "$work/folded" || fail "two blocks do not answer as one"

run 0 flame --profile-type cpu -o "$work/flame.html" "$block"
out_empty
grep -qi '<html' "$work/flame.html" || fail "flame writes no page"
# A link stays one: the file that it names is written, whether it is there or not.
mkdir -p "$work/pages"
ln -s pages/real.html "$work/link.html"
for _ in 1 2; do
  run 0 flame --profile-type cpu -o "$work/link.html" "$block"
  [ -L "$work/link.html" ] || fail "a link is replaced"
  cmp -s "$work/pages/real.html" "$work/flame.html" || fail "what a link names is not written"
done
run 0 flame --profile-type cpu --format json --max-nodes 50 "$block"
out_has '"nodes"'
run 0 flame --profile-type cpu --format pprof -o "$work/cpu.pb.gz" "$block"
run 0 build -o "$work/merged.block" --labels kind=cpu "$work/cpu.pb.gz"
run 0 top --json "$work/merged.block"
sed 1d "$work/out" >"$work/merged"
run 0 top --profile-type cpu --json "$block"
sed 1d "$work/out" | cmp -s - "$work/merged" || fail "the merged pprof is not the sum"

# The planted regression comes first, its callers after it.
run 0 diff --base "$old" --against "$new" --profile-type cpu -n 3 "$block"
out_has 'main.checksum'
out_has 'main.priceCart'
for flags in --json '--json --normalize' '--json --normalize --rank value'; do
  # shellcheck disable=SC2086  # a list of flags
  run 0 diff --base "$old" --against "$new" --profile-type cpu $flags "$block"
  head -n 3 "$work/out" | grep -q '"name":"main.priceCart"' || fail "diff $flags: priceCart is not on top"
  head -n 1 "$work/out" | grep -q '"name":"main.checksum","base_flat":0,' || fail "diff $flags: checksum is not first"
done
run 0 diff --base "$old" --against "$new" --profile-type cpu --format folded "$block"
out_has ' [0-9][0-9]* [0-9][0-9]*$'
run 0 diff --base "$old" --against "$new" --profile-type cpu --format html -o "$work/diff.html" "$block"
run 0 diff --base "$old" --against "$old" --profile-type cpu --json "$block"
! grep -v '"score":-\{0,1\}0.0}' "$work/out" | grep -q . || fail "a diff with itself is not 0"

run 0 info "$block"
out_has '^ *44  *8 '
out_has 'checkout'
run 0 info --json "$block"
out_has '"datasets":\[{"name":"checkout","profiles":44,'

run 0 get --profile 3 -o "$work/3.pb.gz" "$block"
id=$("$tool" ls --json "$block" | sed -n '4s/.*"id":"\([0-9a-f]*\)".*/\1/p')
run 0 get --profile "$id" -o - "$block"
cmp -s "$work/out" "$work/3.pb.gz" || fail "a profile is not the same by index and by id"
run 0 get --all "$work/all" "$block"
[ "$(ls "$work/all" | wc -l)" = 44 ] || fail "get --all has not one file for each profile"
cmp -s "$work/all/000003-$id.pb.gz" "$work/3.pb.gz" || fail "get --all writes another profile"
run 0 get --all "$work/all" --format json "$block"
[ "$(ls "$work/all" | wc -l)" = 88 ] || fail "files of one format take the names of another"
run 0 get --profile 3 --format json "$block"
cmp -s "$work/out" "$work/all/000003-$id.json" || fail "get --all --format json writes another profile"

run 0 dump "$block"
[ -s "$work/out" ] || fail "dump is empty"
finish
