# The tool as people type it: formats by names, slips of the keyboard, empty answers.
. "$(dirname "$0")/lib.sh"
data=$source/examples/data/checkout/v1.5.0/d
build_demo_block
block=$work/demo.block
cpu="--profile-type cpu"

# begins FILE TEXT
begins() { head -c "${#2}" "$1" | grep -q -F -e "$2" || fail "$1 does not begin with $2"; }

# The output's name says the format, in every command that writes files.
base="--base {version=\"v1.5.0\"} --against {version=\"v1.6.0\"}"
for command in "flame $cpu" "diff $base $cpu" "callers runtime.mallocgc $cpu" \
  "callees runtime.mallocgc $cpu" "series $cpu" "heatmap $cpu"; do
  # shellcheck disable=SC2086  # a command and its flags
  run 0 $command -o "$work/x.html" "$block"
  begins "$work/x.html" '<!DOCTYPE html>'
  # shellcheck disable=SC2086
  run 0 $command -o "$work/x.json" "$block"
  begins "$work/x.json" '{'
  err_empty
done
run 0 flame $cpu -o "$work/x.pb.gz" "$block"
gunzip -t "$work/x.pb.gz" || fail "flame -o x.pb.gz is not gzip"
run 0 flame $cpu -o "$work/x.folded" "$block"
grep -q ';.* [0-9]*$' "$work/x.folded" || fail "flame -o x.folded is not folded"
run 0 diff $base $cpu -o "$work/x.FOLDED" "$block"
grep -q ' [0-9]* [0-9]*$' "$work/x.FOLDED" || fail "diff -o x.FOLDED is not folded"
run 0 series $cpu -o "$work/x.svg" "$block"
begins "$work/x.svg" '<svg'
run 0 get --profile 0 -o "$work/p.json" "$block"
begins "$work/p.json" '{'
run 0 get --profile 0 -o "$work/p.txt" "$block"
grep -q '^sample 0: ' "$work/p.txt" || fail "get -o p.txt is not text"
run 0 get --profile 0 -o "$work/p.otlp" "$block"
run 0 build -o "$work/p.block" --labels kind=cpu "$work/p.otlp"

# --format wins, and a clash is said; a name that the command can't serve is refused.
run 0 flame $cpu --format json -o "$work/y.html" "$block"
err_has 'y.html: its name asks for html, but --format json is written'
begins "$work/y.html" '{'
run 0 flame $cpu --format folded -o "$work/y.txt" "$block"
err_empty
run 2 flame $cpu -o "$work/z.svg" "$block"
err_has 'its name asks for svg, this command writes html, folded, pprof or json'
run 2 diff $base $cpu -o "$work/z.pb.gz" "$block"
[ ! -e "$work/z.svg" ] && [ ! -e "$work/z.pb.gz" ] || fail "a refused file was written"

# What pprof can't obey is refused.
for flag in '--by line' '--max-nodes 5' '--group-by pod'; do
  # shellcheck disable=SC2086
  run 2 flame $cpu --format pprof $flag -o "$work/z.pb.gz" "$block"
  err_has "${flag% *} shapes a tree"
done

# Slips.
run 2 toop "$block"
err_has 'no command .toop.; the nearest is `dolerite top`'
run 2 top -n -1 "$block"
err_has "expected a whole number, 0 or more, found '-1'"
[ "$(wc -c <"$work/err")" -lt 200 ] || fail "the message about -n -1 is long"
run 2 top --by foo "$block"
err_has "expected function, filefunction, line, file, mapping"
err_has "found 'foo'"
run 2 series --aggregate foo $cpu "$block"
err_has 'expected sum, rate, average, count, min, max or quantile'
run 2 heatmap --rows 0 $cpu "$block"
run 2 diff --rank foo $base "$block"
err_has 'expected share or value'
run 2 flame --format jfr "$block"
err_has "expected html, folded, pprof or json, found 'jfr'"
run 2 top "$data/0001.cpu.pb.gz"
err_has 'make a block of it first: dolerite build'
run 1 top "$work"
err_has 'is a directory; name the blocks in it'
run 0 top $cpu --from 2000-01-01 --to 2100-01-01 "$block"
run 3 top $cpu --to 2000-01-01 "$block"
run 2 top $cpu --from 2000-13-01 "$block"
run 2 build -o "$work/z.block" --labels 'a=' "$data/0001.cpu.pb.gz"
err_has 'a has no value'

# No file is read and written at once.
cp "$data/0001.cpu.pb.gz" "$work/own.pb.gz"
run 2 build -o "$work/own.pb.gz" "$work/own.pb.gz"
err_has 'is the output and an input too'
cmp -s "$data/0001.cpu.pb.gz" "$work/own.pb.gz" || fail "build wrote over its input"
cp "$block" "$work/own.json"
for command in "flame $cpu" "diff $base $cpu" "callers main.main $cpu" "series $cpu" "heatmap $cpu" \
  "get --profile 0"; do
  # shellcheck disable=SC2086
  run 2 $command -o "$work/own.json" "$work/own.json"
done
run 2 pgo $cpu -o "$work/own.json" "$work/own.json"
cmp -s "$block" "$work/own.json" || fail "a command wrote over the block"

# An empty answer is exit code 3 everywhere, and nothing is written.
rm -f "$work/none"
for filter in '--where {version="v9"}' '--focus no.such.function' '--to 1970-01-02'; do
  for command in "top $cpu" "top --json $cpu" "top --group-by pod $cpu" "flame $cpu -o $work/none" \
    "flame --format pprof $cpu -o $work/none" "flame --group-by pod $cpu -o $work/none" \
    "diff $base $cpu -o $work/none" "callers main.main $cpu -o $work/none" \
    "series $cpu -o $work/none" "series --group-by pod $cpu" "heatmap $cpu -o $work/none" \
    "pgo $cpu -o $work/none" "ls $cpu"; do
    # shellcheck disable=SC2086
    run 3 $command $filter "$block"
    out_empty
    err_has 'nothing found'
  done
done
run 3 labels --where '{version="v9"}' "$block"
run 3 series --function no.such.function $cpu "$block"
run 3 heatmap --observe timestamps $cpu --where '{version="v9"}' "$block"
[ ! -e "$work/none" ] || fail "an empty answer was written"
finish
