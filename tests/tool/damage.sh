# Files that are no sound blocks.
. "$(dirname "$0")/lib.sh"
profile=$source/examples/data/checkout/v1.5.0/d/0001.cpu.pb.gz
run 0 build -o "$work/a.block" --labels kind=cpu "$profile"
size=$(wc -c <"$work/a.block")

for command in top flame info ls dump 'get --profile 0 -o -'; do
  # shellcheck disable=SC2086  # a command and its flags
  run 1 $command "$work/missing.block"
  err_has "$work/missing.block"
  run 1 $command "$work"
  err_has 'is a directory; name the blocks in it'
  for rubbish in '' DOLERITE 'not a block'; do
    printf '%s' "$rubbish" >"$work/rubbish.block"
    # shellcheck disable=SC2086
    run 4 $command "$work/rubbish.block"
    err_has 'rubbish.block'
    out_empty
  done
  # A profile is not damaged: the user forgot a step.
  cp "$profile" "$work/profile.block"
  run 2 $command "$work/profile.block"
  err_has 'profile.block: is not a block but looks like a profile; make a block of it first: dolerite build'
  out_empty
done

# Cut at any offset.
for part in 1 10 100 $((size / 2)) $((size - 1)); do
  head -c "$part" "$work/a.block" >"$work/cut.block"
  run 4 verify "$work/cut.block"
  run 4 top "$work/cut.block"
done

# Of two files with one name the damaged one is named.
mkdir "$work/p" "$work/q"
cp "$work/a.block" "$work/p/x.block"
run 0 build -o "$work/q/x.block" --labels kind=cpu "$source/examples/data/checkout/v1.5.0/d/0003.cpu.pb.gz"
cp "$work/q/x.block" "$work/sound.block"
dd if=/dev/zero of="$work/q/x.block" bs=1 seek=64 count=$((size / 2)) conv=notrunc 2>/dev/null
run 4 top "$work/p/x.block" "$work/q/x.block"
err_has "q/x.block"
if grep -q "p/x.block" "$work/err"; then fail 'the sound block is named'; fi
run 0 top --json --skip-damaged "$work/p/x.block" "$work/q/x.block"
err_has "left out: .*q/x.block"
if grep -q " [0-9]*/x.block" "$work/err"; then fail 'a key is named instead of a path'; fi
out_has '"profiles":1,'
run 0 top --json --skip-damaged "$work/cut.block" "$work/sound.block"
err_has "left out: .*cut.block"
out_has '"profiles":1,'

run 4 top --explain "$work/cut.block" "$work/sound.block"
run 0 top --explain --skip-damaged "$work/cut.block" "$work/sound.block"
err_has "left out: .*cut.block"
out_has 'sound.block'

# One byte flipped: verify sees each, a query says so or is right.
run 0 top --json "$work/a.block"
cp "$work/out" "$work/right"
at=0
while [ "$at" -lt "$size" ]; do
  old=$(od -An -tu1 -j "$at" -N 1 "$work/a.block" | tr -d ' ')
  cp "$work/a.block" "$work/flip.block"
  # shellcheck disable=SC2059  # the format is the byte
  printf "\\$(printf %o $((255 - old)))" |
    dd of="$work/flip.block" bs=1 seek="$at" conv=notrunc 2>/dev/null
  run 4 verify "$work/flip.block"
  out_has "$work/flip.block"
  code=0
  "$tool" top --json "$work/flip.block" >"$work/out" 2>"$work/err" || code=$?
  case $code in
    0) cmp -s "$work/out" "$work/right" || fail "wrong answer with byte $at flipped" ;;
    4) ;;
    *) fail "exit code $code with byte $at flipped" ;;
  esac
  run 0 top --json --skip-damaged "$work/flip.block" "$work/sound.block"
  at=$((at + size / 97 + 1))
done

# One bad block does not hide the others.
run 4 verify "$work/flip.block" "$work/a.block"
out_has 'a.block: OK'
run 4 verify --json "$work/cut.block"
out_has '"ok":false'
# A damaged segment of an archive stops no import: it is named, and what it lost comes back.
archive=$work/torn.archive
set -- --root "$source/examples/data" --path-labels '{service_name}/{version}/{pod}/*.{kind}.pb.gz' \
  "$source/examples/data/checkout"
run 0 import "$archive" --segment-bytes 20KB "$@"
torn=$(find "$archive/segments" -type f | sort | head -n 1)
truncate -s -100 "$torn"
run 0 import "$archive" "$@"
err_has "$(basename "$torn") is damaged"
err_has ' 0 failed; 1 segment'
run 0 import "$archive" "$@"
err_has ' 0 new, 44 known, 0 failed'

finish
