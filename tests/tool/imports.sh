# What `build` makes of files that need a word: kinds, other tools' files, limits.
. "$(dirname "$0")/lib.sh"
data=$source/examples/data/checkout/v1.5.0/d
faults=$source/../shared/corpus/faults

# Other tools' files are named, each with exit code 1, also beside a good file.
printf 'FLR\000\000\002rest' >"$work/a.jfr"
printf 'PERFILE2rest' >"$work/perf.data"
printf 'heap_v2/524288\n  t*: 1: 2 [3: 4]\n' >"$work/jeprof.heap"
printf 'main;f 12\nmain;g 3\n' >"$work/stacks.folded"
printf '{"nodes":1}' >"$work/nodes.json"
printf '\n {"nodes":[],"startTime":1,"endTime":2,"samples":[],"timeDeltas":[]}' >"$work/x.cpuprofile"
printf '{"$schema":"https://www.speedscope.app/file-format-schema.json","shared":{"frames":[]}}' >"$work/s.json"
printf '{"traceEvents":[]}' >"$work/trace.json"
printf '{"resource_profiles":[]}' >"$work/snake.json"
build_demo_block
cp "$work/demo.block" "$work/d.block"
named() {
  for with in '' "$data/0001.cpu.pb.gz"; do
    rm -f "$work/o.block"
    # shellcheck disable=SC2086  # maybe no file
    run 1 build -o "$work/o.block" "$work/$1" $with
    err_has "$1: .*$2"
    ! grep -q 'holds no profile' "$work/err" || fail "$1 holds no profile"
    [ -z "$with" ] || [ -e "$work/o.block" ] || fail "the good file did not go in"
  done
}
named a.jfr 'a JFR recording'
named perf.data 'a perf.data file'
named jeprof.heap 'jemalloc'
named stacks.folded 'folded stacks'
named nodes.json 'JSON, but not OTLP'
named x.cpuprofile 'JSON, but not OTLP: .* a V8 .cpuprofile'
named s.json 'a speedscope file'
named trace.json 'a Chrome trace'
named snake.json 'snake_case'
named d.block 'a Dolerite block'

# The kind of a file's name, where no label says one.
run 0 build -o "$work/k.block" "$data/0001.cpu.pb.gz"
err_has 'kind of 1 profile taken from the file.s name'
run 0 ls "$work/k.block"
out_has 'kind="cpu"'
run 0 build --json -o "$work/k.block" --labels profile_type=mine "$data/0001.cpu.pb.gz"
out_has '"kinds_of_names":0'
run 0 ls "$work/k.block"
out_has ' mine '

# Bytes behind a profile: refused, or with --lenient left out and counted.
{ cat "$data/0001.cpu.pb.gz"; printf 'rubbish'; } >"$work/tail.cpu.pb.gz"
run 1 build -o "$work/t.block" "$work/tail.cpu.pb.gz"
[ ! -e "$work/t.block" ] || fail "a profile with rubbish behind it went in"
run 0 build --lenient --json -o "$work/t.block" "$work/tail.cpu.pb.gz"
err_has 'tail.cpu.pb.gz: 1 repair'
out_has '"repairs":1'
run 0 top --json "$work/t.block"
cp "$work/out" "$work/lenient.top"
run 0 build -o "$work/t.block" "$data/0001.cpu.pb.gz"
run 0 top --json "$work/t.block"
cmp -s "$work/out" "$work/lenient.top" || fail "--lenient changed what a file says"

# Different profiles of one series and time are reported; the same one twice is not.
run 0 build -o "$work/two.block" --labels kind=cpu "$data/0001.cpu.pb.gz" "$data/0001.cpu.pb.gz"
! grep -q 'warning' "$work/err" || fail "equal profiles overlap"
run 0 flame -o "$work/copy.pb.gz" --ignore runtime.mallocgc "$work/two.block"
run 0 build -o "$work/two.block" --labels kind=cpu "$data/0001.cpu.pb.gz" "$work/copy.pb.gz"
err_has 'warning: 1 profile of the same series and time as another, first cpu {kind="cpu"}'

# Limits: refused before the file is read, raised by name.
head -c 40000000 /dev/zero >"$work/large"
run 1 build -o "$work/l.block" "$work/large"
err_has 'the limit is 33554432; raise it with --limit profile_bytes'
run 1 build -o "$work/l.block" --limit stack_depth=2 "$data/0001.cpu.pb.gz"
err_has 'stack'
run 2 build -o "$work/l.block" --limit nosuch=2 "$data/0001.cpu.pb.gz"
err_has 'stack_depth, '
run 0 build --help
out_has 'stack_depth'

if [ -d "$faults" ]; then
  # Go's block and mutex profiles, heap and allocs: never added up.
  run 0 build -o "$work/go.block" "$faults/go126_block.pb.gz" "$faults/go126_mutex.pb.gz" \
    "$faults/go126_heap.pb.gz" "$faults/go126_allocs.pb.gz"
  err_has 'kind of 4 profiles'
  for type in block mutex; do
    run 0 top --profile-type $type --sample-type delay --json "$work/go.block"
    grep -o '"total":[0-9]*' "$work/out" | head -n 1 >>"$work/totals"
  done
  [ "$(wc -l <"$work/totals")" = 2 ] || fail "block and mutex have no total each"
  run 2 top "$work/go.block"
  err_has 'several profile types'
  cp "$faults/go126_block.pb.gz" "$work/one.pb.gz"
  cp "$faults/go126_mutex.pb.gz" "$work/other.pb.gz"
  run 0 build -o "$work/go.block" "$work/one.pb.gz" "$work/other.pb.gz"
  err_has 'warning: 1 profile of the same series and time'
  run 1 build -o "$work/l.block" "$faults/labels_400.pb.gz"
  err_has 'label'
  run 0 build -o "$work/l.block" --limit labels_per_sample=400 "$faults/labels_400.pb.gz"
else
  echo "SKIPPED: $faults is not there"
fi
finish
