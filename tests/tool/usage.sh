# What a user gets who is wrong: a reason on stderr, the right exit code, and no half-written file.
. "$(dirname "$0")/lib.sh"
profile=$source/examples/data/checkout/v1.5.0/d/0001.cpu.pb.gz

run 0 --help
head -n 1 "$work/out" | grep -q '^Examples:' || fail "help does not open with examples"
run 0 --version
out_has '^dolerite [0-9]'
for command in build flame top diff series heatmap labels ls get pgo info verify dump; do
  run 0 $command --help
  head -n 1 "$work/out" | grep -q '^Examples:' || fail "$command --help does not open with examples"
  err_empty
  run 2 $command
  out_empty
  run 2 $command --no-such-flag
done
run 2
run 2 no-such-command

# Input of build.
run 1 build -o "$work/x.block" "$work/missing"
err_has "$work/missing"
[ ! -e "$work/x.block" ] || fail "a block of nothing was written"
echo rubbish >"$work/rubbish"
run 1 build -o "$work/x.block" "$work/rubbish"
err_has "$work/rubbish"
[ ! -e "$work/x.block" ] || fail "a block of rubbish was written"
run 1 build -o "$work/x.block" --labels kind=cpu "$work/rubbish" "$profile"
err_has "$work/rubbish"
err_has '1 profile, '
run 0 verify "$work/x.block"
mkdir "$work/empty"
run 3 build -o "$work/y.block" "$work/empty"
run 2 build -o "$work/y.block" --labels novalue "$profile"
run 2 build -o "$work/y.block" --root "$source" "$profile"
run 2 build -o "$work/y.block" --path-labels '{a' "$profile"
run 2 build -o "$work/y.block" --path-labels '{a}/{b}' --root "$source" "$profile"
err_has 'does not match'
run 2 build -o "$work/y.block" --level 20 "$profile"
run 2 build --json -o - "$profile"

# A label of the path wins.
run 0 build -o "$work/l.block" --labels pod=z,kind=cpu --root "$source/examples/data/checkout/v1.5.0" \
  --path-labels '{pod}/*.pb.gz' "$profile"
run 0 ls "$work/l.block"
out_has 'pod="d"'

# Output.
run 2 build -o "$work" "$profile"
err_has 'is a directory'
run 1 build -o "$work/no/such/folder" "$profile"
err_has "$work/no/such/folder"
run 2 flame -o "$work" "$work/x.block"
run 1 flame -o "$work/no/such/folder" "$work/x.block"
cp "$work/x.block" "$work/kept.block"
run 1 build -o "$work/kept.block" "$work/rubbish"
cmp -s "$work/x.block" "$work/kept.block" || fail "a failed build touched the old block"
[ -z "$(find "$work" -name '*.block.*')" ] || fail "a temporary file is left"
run 0 build -o - --labels kind=cpu "$profile"
cmp -s "$work/out" "$work/x.block" || fail "-o - is another block"

# Queries.
build_demo_block
run 2 top "$work/demo.block"
err_has 'cpu'
err_has 'heap'
run 2 top --profile-type cpu --sample-type nonsense "$work/demo.block"
run 2 top --profile-type cpu --where '{version=' "$work/demo.block"
run 2 top --profile-type cpu --where '{version=~"("}' "$work/demo.block"
run 2 ls --where '{version=~"("}' "$work/demo.block"
run 2 top --by colour "$work/x.block"
run 2 top -n -1 "$work/x.block"
run 2 top --from yesterday "$work/x.block"
run 2 top --from 20 --to 10 "$work/x.block"
run 3 top --profile-type nonsense "$work/demo.block"
run 3 top --profile-type cpu --where '{version="v9"}' "$work/demo.block"
run 3 top --to 1970-01-02T00:00:00Z "$work/x.block"
run 3 flame --profile-type cpu --where '{version="v9"}' "$work/demo.block"
run 3 flame --format pprof --profile-type cpu --where '{version="v9"}' -o "$work/z" "$work/demo.block"
[ ! -e "$work/z" ] || fail "an empty answer was written"
run 3 ls --where '{version="v9"}' "$work/demo.block"
run 3 diff --base '{version="v9"}' --against '{version="v1.5.0"}' --profile-type cpu "$work/demo.block"
err_has '--base'
run 3 diff --normalize --base '{version="v9"}' --against '{version="v1.5.0"}' --profile-type cpu "$work/demo.block"
run 3 diff --base '{version="v1.5.0"}' --against '{version="v9"}' --profile-type cpu "$work/demo.block"
err_has '--against'
run 2 diff --base '{' --against '{}' "$work/x.block"
run 3 get --profile 999 -o "$work/z" "$work/x.block"
run 3 get --profile 99999999999999999999999 -o "$work/z" "$work/x.block"
run 3 get --profile 00000000000000000000000000000000 -o "$work/z" "$work/x.block"
run 2 get --profile first -o "$work/z" "$work/x.block"
run 2 get --profile -1 -o "$work/z" "$work/x.block"
run 2 get "$work/x.block"
err_has '--all DIR'
run 2 get --profile 0 --all "$work/all" "$work/x.block"
run 2 get --all "$work/all" -o "$work/z" "$work/x.block"
[ ! -e "$work/all" ] || fail "get made a directory although it was called wrongly"

# Times and zones.
run 0 top --from 2000-01-01T00:00:00Z --to 2100-01-01T00:00:00+02:00 "$work/x.block"
run 0 top --from 946684800 --to 4102444800000000000 "$work/x.block"
finish
