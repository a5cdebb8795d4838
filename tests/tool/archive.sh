# An archive from its first import to the collection of what was deleted, on real profiles.
. "$(dirname "$0")/lib.sh"

build_demo_block
block=$work/demo.block
archive=$work/archive
cpu="--profile-type cpu"
data=$source/examples/data/checkout
pattern='{service_name}/{version}/{pod}/*.{kind}.pb.gz'
root="$source/examples/data"
import_all() { run 0 import "$archive" --path-labels "$pattern" --root "$root" --json "$data"; }

# field NAME: a number of the object that the last run printed.
field() { grep -o "\"$1\":[0-9]*" "$work/out" | head -n 1 | cut -d: -f2; }

# A second run adds nothing.
import_all
first=$(field new)
[ "$first" -gt 0 ] || fail "the import adds profiles"
[ "$(field known)" = 0 ] || fail "a new archive knows nothing"
[ "$(field failed)" = 0 ] || fail "all files read"
import_all
[ "$(field new)" = 0 ] || fail "a second import adds nothing"
[ "$(field known)" = "$first" ] || fail "a second import knows all"
[ "$(field segments)" = 0 ] || fail "a second import writes no segment"

# Nor does a file that comes twice in one run, on any number of threads; a run that was interrupted
# goes on where it ended.
for threads in 1 4; do
  other=$work/archive-$threads
  run 0 import "$other" -j $threads --segment-bytes 20KB --path-labels "$pattern" --root "$root" --json \
    "$data/v1.5.0"
  part=$(field new)
  [ "$(field segments)" -gt 1 ] || fail "an import of several segments"
  run 0 import "$other" -j $threads --segment-bytes 20KB --path-labels "$pattern" --root "$root" --json \
    "$data" "$data"
  [ "$(field read)" = $((first * 2)) ] || fail "all profiles are read, twice"
  [ "$(field new)" = $((first - part)) ] || fail "what was missing is new, once"
  [ "$(field known)" = $((first + part)) ] || fail "the rest is known"
  run 0 stats --json "$other"
  [ "$(field profiles)" = "$first" ] || fail "all profiles are there once"
done

# What fails is counted, and the rest goes in; stdin is a file too.
printf 'FLR\000\000\002rest' >"$work/a.jfr"
run 1 import "$work/part" --json --labels service_name=x "$work/a.jfr" "$data/v1.5.0/d/0001.cpu.pb.gz"
[ "$(field read) $(field new) $(field failed)" = "2 1 1" ] || fail "one of two files goes in"
run 0 import "$work/part" --json --labels service_name=x,kind=cpu - <"$data/v1.5.0/d/0001.cpu.pb.gz"
[ "$(field known)" = 1 ] || fail "stdin has what a file had"

# Answers are those of a block of the same profiles, before and after compaction.
run 0 flame $cpu --format folded "$block"
cp "$work/out" "$work/right"
same_flame() {
  run 0 flame $cpu --format folded "$archive"
  cmp -s "$work/out" "$work/right" || fail "$1"
}
same_flame "an archive answers as its profiles do"
run 0 compact "$archive"
err_has 'nothing to compact'
run 0 compact --all "$archive"
err_has 'compacted to'
same_flame "compaction changes no answer"
run 0 diff --base '{version="v1.5.0"}' --against '{version="v1.6.0"}' $cpu "file://$archive"
run 0 labels --values version "$archive"
[ "$(cat "$work/out")" = "$(printf 'v1.5.0\nv1.6.0')" ] || fail "labels of an archive"
run 0 top $cpu --explain "$archive"
out_has 'checkout'
# Single profiles: the listing shows what is to be seen, ids name profiles, files are those that came.
run 0 ls --json "$archive"
[ "$(wc -l <"$work/out")" = "$first" ] || fail "ls lists each profile once"
id=$(grep -o '"id":"[0-9a-f]*"' "$work/out" | head -n 1 | cut -d'"' -f4)
run 0 get --profile "$id" -o "$work/of_archive.pb.gz" "$archive"
run 0 get --profile "$id" -o "$work/of_block.pb.gz" "$block"
cmp -s "$work/of_archive.pb.gz" "$work/of_block.pb.gz" || fail "get gives what a block gives"
run 2 get --profile 0 "$archive" -o "$work/x.pb.gz"
err_has 'id'
run 3 get --profile 00000000000000000000000000000000 -o "$work/x.pb.gz" "$archive"
run 0 get --all "$work/all" "$archive"
[ "$(ls "$work/all" | wc -l)" = "$first" ] || fail "get --all has not one file for each profile"
run 0 info "$archive"
out_has 'checkout$'
run 0 info --json "$archive"
out_has '"columns"'
run 0 stats --json "$archive"
[ "$(field profiles)" = "$first" ] || fail "stats count profiles"
[ "$(field segments)" = 0 ] || fail "no segment waits"

# What is compacted away goes with its grace.
run 0 gc "$archive"
err_has '0 segments'
run 0 gc --grace 0s --dry-run "$archive"
err_has 'would be removed'
[ -n "$(ls "$archive/segments")" ] || fail "a dry run removes nothing"
run 0 gc --grace 0s "$archive"
[ -z "$(ls "$archive/segments")" ] || fail "gc removes consumed segments"
same_flame "collection changes no answer"

# Deleted profiles are gone at once, and do not come back.
where='{version="v1.5.0"}'
run 0 delete --where "$where" --dry-run "$archive"
err_has 'would be deleted'
same_flame "a dry run deletes nothing"
run 0 delete --where "$where" "$archive"
run 0 labels --values version "$archive"
[ "$(cat "$work/out")" = v1.6.0 ] || fail "a deleted version is gone"
run 3 delete --where "$where" "$archive"
run 0 ls "$archive"
! grep -q v1.5.0 "$work/out" || fail "ls lists what was deleted"
run 3 ls --where "$where" "$archive"
import_all
[ "$(field new)" = 0 ] || fail "an import does not bring deleted profiles back"
run 0 maintain --grace 0s "$archive"
run 3 top $cpu --where "$where" "$archive"

# What is damaged is named, and a lost manifest is made anew from what is there.
run 0 verify "$archive"
out_has ': OK$'
run 0 verify --json --service checkout "$archive"
out_has '"ok":true'
cp -r "$archive" "$work/broken"
newest=$(ls "$work/broken/manifest" | head -n 1)
: >"$work/broken/manifest/$newest"
run 4 verify "$work/broken"
out_has "manifest: manifest/$newest"
run 0 verify --repair "$work/broken"
err_has 'new manifest'
err_has 'lost: '
run 0 top $cpu --where '{version="v1.6.0"}' "$work/broken"
run 0 verify --repair "$work/broken"
err_has 'no repair'
key=$(cd "$archive" && ls blocks/* | head -n 1)
cp -r "$archive" "$work/torn"
chmod u+w "$work/torn/$key"
dd if=/dev/zero of="$work/torn/$key" bs=1 seek=100 count=8 conv=notrunc 2>/dev/null
run 4 verify "$work/torn"
out_has "damaged: $key"
run 4 verify --json "$work/torn"
out_has '"ok":false'

# Damage that a compaction meets is said and is no success.
for where in all part; do
  other=$work/damaged-$where
  run 0 import "$other" --labels service_name=x,kind=cpu "$data/v1.5.0/d/0001.cpu.pb.gz"
  [ $where = all ] || run 0 import "$other" --labels service_name=x,kind=cpu "$data/v1.6.0/g/0001.cpu.pb.gz"
  key=$(cd "$other" && ls segments/* | head -n 1)
  chmod u+w "$other/$key"
  dd if=/dev/zero of="$other/$key" bs=1 seek=100 count=8 conv=notrunc 2>/dev/null
  run 4 compact --all "$other"
  err_has "$key can't be read"
  ! grep -q 'compacted to 0 blocks' "$work/err" || fail "what was left is not compacted"
done

# An archive that has lost all manifests is no new one.
cp -r "$archive" "$work/headless"
rm "$work/headless/manifest/"*
run 4 verify "$work/headless"
out_has 'no manifest'
run 4 top $cpu "$work/headless"
err_has 'repair'
run 0 verify --repair "$work/headless"
err_has 'lost: no manifest can be read'
run 0 verify "$work/headless"

# A header that is lost or damaged is made anew by a repair alone, with the label of the blocks.
for what in lost damaged; do
  other=$work/header-$what
  run 0 import "$other" --dataset-label kind --labels service_name=x,kind=cpu "$data/v1.5.0/d/0001.cpu.pb.gz"
  if [ $what = lost ]; then rm -f "$other/archive"; else
    chmod u+w "$other/archive"
    echo damaged >"$other/archive"
  fi
  run 4 ls "$other"
  err_has 'verify --repair'
  run 4 import "$other" --labels service_name=x,kind=cpu "$data/v1.6.0/g/0001.cpu.pb.gz"
  run 4 verify "$other"
  run 2 verify --repair --dataset-label service_name "$other"
  run 0 verify --repair "$other"
  err_has 'header was lost or damaged'
  run 0 ls --where '{service_name="x"}' "$other"
  [ "$(wc -l <"$work/out")" -gt 1 ] || fail "profiles of a header that was made anew"
  run 0 verify "$other"
done

# What is damaged or lost is named, with what mends it.
cp -r "$archive" "$work/gone"
key=$(cd "$archive" && ls blocks/* | head -n 1)
rm -f "$work/gone/$key"
run 4 top $cpu "$work/gone"
err_has "$key.*verify --repair"
cp -r "$archive" "$work/newest"
newest=$(ls "$work/newest/manifest" | head -n 1)
rm -f "$work/newest/manifest/$newest"
: >"$work/newest/manifest/$newest"
run 4 top $cpu "$work/newest"
err_has "manifest/$newest.*verify --repair"
run 0 verify --repair "$work/newest"
err_has 'until dolerite gc'
run 4 verify "$work/newest"
run 0 gc "$work/newest"
run 0 verify "$work/newest"
# Statistics go on after damage, and name it; so do questions that pass over damage.
for other in "$work/gone" "$work/damaged-all" "$work/torn"; do
  run 4 stats "$other"
  out_has '^blocks'
  err_has 'not counted'
  run 4 stats --json "$other"
  out_has '"damaged":\[{"'
done
code=0
"$tool" top $cpu --skip-damaged "$work/gone" >"$work/out" 2>"$work/err" || code=$?
[ "$code" = 0 ] || [ "$code" = 3 ] || fail "a question that passes over a lost block"
err_has 'left out: .*blocks/'
# What planning took is in the cost.
run 0 top $cpu --cost "$archive"
! grep -q 'cost: 0 requests' "$work/err" || fail "the cost has what planning took"
# Times and sizes that are mistakes, on commands that can't be taken back.
run 2 delete --where '{version="v1.6.0"}' --from 2027 "$archive"
err_has '2027-01-31'
run 2 delete --where '{version="v1.6.0"}' --to 20270101 "$archive"
run 2 compact --budget 0 "$archive"
run 2 compact --budget -1 "$archive"
err_has 'above 0'
run 2 import "$work/never" --segment-bytes 0 "$data"
# Segments are encoded as blocks are.
run 2 import "$work/never" --fast --smallest "$data"
run 0 import "$work/smallest" --smallest --profiles-per-group 4 --json --path-labels "$pattern" --root "$root" "$data"
smallest=$(field bytes)
run 0 import "$work/fast" --fast --json --path-labels "$pattern" --root "$root" "$data"
[ "$(field bytes)" -gt "$smallest" ] || fail "import --smallest makes smaller segments than --fast"
run 2 gc --grace -5m "$archive"
err_has '[-]-grace'
run 2 stats --price-put x "$archive"
err_has "a number, 0 or more, found 'x'"
[ "$(wc -c <"$work/err")" -lt 200 ] || fail "a long message about a price"
run 1 stats "$work"
err_has 'dolerite import makes'

# An import or compaction that is stopped or killed leaves what the next run goes on from.
for signal in TERM KILL; do
  other=$work/stopped-$signal
  for wait in 0.02 0.2; do
    "$tool" import "$other" --segment-bytes 20KB -j 1 --path-labels "$pattern" --root "$root" "$data" "$data" \
      >"$work/out" 2>"$work/err" &
    pid=$!
    sleep $wait
    kill -s $signal $pid 2>/dev/null || :
    wait $pid 2>/dev/null || :
  done
  run 0 import "$other" --segment-bytes 20KB --path-labels "$pattern" --root "$root" "$data"
  for wait in 0.02 0.1; do
    "$tool" compact --all "$other" >"$work/out" 2>"$work/err" &
    pid=$!
    sleep $wait
    kill -s $signal $pid 2>/dev/null || :
    wait $pid 2>/dev/null || :
    run 0 verify "$other"
  done
  run 0 compact --all "$other"
  run 0 stats --json "$other"
  [ "$(field profiles) $(field segments)" = "$first 0" ] || fail "all profiles once after $signal"
  run 0 verify "$other"
done

# Retention.
run 0 expire --older-than 1d --service other "$archive"
run 0 labels --values version "$archive"
run 0 expire --older-than 1d --dry-run "$archive"
err_has 'would be expired'
run 0 expire --older-than 1d "$archive"
run 3 top $cpu "$archive"

# Rules of compaction: what they drop is gone, and the rest answers as before.
ruled=$work/ruled
run 0 import "$ruled" --path-labels "$pattern" --root "$root" "$data"
run 0 flame $cpu --format folded "$ruled"
cp "$work/out" "$work/right"
run 2 compact --all --drop-label service_name "$ruled"
err_has 'label of datasets'
run 0 compact --all --drop-label pod --drop-type alloc_space,alloc_objects "$ruled"
err_has 'dropped [0-9]* label'
run 3 labels --values pod "$ruled"
run 0 info "$ruled"
! grep -q alloc_space "$work/out" || fail "a dropped sample type is still there"
same_of_ruled() {
  run 0 flame $cpu --format folded "$ruled"
  cmp -s "$work/out" "$work/right" || fail "$1"
}
same_of_ruled "rules change no answer about what stays"
run 0 maintain --drop-bodies-after 1d "$ruled"
err_has 'dropped the bodies of'
same_of_ruled "flame graphs of whole groups need no bodies"
run 1 get --all "$work/bodies" "$ruled"
run 0 maintain --drop-bodies-after 1d "$ruled"
! grep -q compacted "$work/err" || fail "bodies are dropped once"
run 2 compact --drop-bodies-after never "$ruled"

# Wrong usage and wrong places.
run 1 compact "$work/nowhere"
err_has 'no such directory'
[ ! -e "$work/nowhere" ] || fail "only an import makes a directory"
run 1 compact "$work"
err_has 'no archive'
run 2 delete "$archive"
err_has 'selector'
run 2 delete --where '{' "$archive"
run 2 expire "$archive"
run 2 expire --older-than soon "$archive"
for age in 0 0s -3d; do run 2 expire --older-than $age "$archive"; done
err_has 'longer than 0s'
run 1 import "$work/never" "$work/nothing.pb.gz"
err_has 'no such file'
[ ! -e "$work/never" ] || fail "files that are not there make no archive"
run 2 maintain --every 0s "$archive"
run 1 dump "$archive"
err_has 'is an archive'
# Without its neighbour the program has no S3.
cp "$tool" "$work/lonely"
code=0
"$work/lonely" stats s3://bucket/x 2>"$work/err" || code=$?
[ "$code" = 1 ] || fail "a place in S3 without the program for it"
err_has 'lonely-s3'

finish
