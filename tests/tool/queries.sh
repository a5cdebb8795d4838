# Every question the tool can ask, on real profiles.
. "$(dirname "$0")/lib.sh"

build_demo_block
block=$work/demo.block
cpu="--profile-type cpu"

# json_sum FIELD: adds up a field of the lines of the last run.
json_sum() { grep -o "\"$1\":-\{0,1\}[0-9]*" "$work/out" | awk -F: '{s += $2} END {printf "%.0f", s}'; }

# Labels, series, types.
run 0 labels "$block"
out_has '^version  *2  v1.5.0, v1.6.0$'
run 0 labels --values version "$block"
[ "$(cat "$work/out")" = "$(printf 'v1.5.0\nv1.6.0')" ] || fail "labels --values lists one a line"
run 3 labels --values nosuch "$block"
run 0 labels --types --json "$block"
out_has '"type":"heap"'
run 0 labels --series --json --where '{pod="d"}' "$block"
[ "$(wc -l <"$work/out")" = 2 ] || fail "labels --series selects"
run 0 labels --samples "$block"
out_has '^endpoint '

# The single profiles, by id and by span.
run 0 profiles --json $cpu "$block"
[ "$(wc -l <"$work/out")" = 40 ] || fail "profiles is ls"
id=$(head -n 1 "$work/out" | sed 's/.*"id":"\([0-9a-f]*\)".*/\1/')
run 0 ls --profile-id "$id" --json "$block"
[ "$(wc -l <"$work/out")" = 1 ] || fail "--profile-id selects one"
run 2 ls --profile-id 12 "$block"
err_has '32 hex digits'
run 0 get --profile "$id" --format json "$block"
span=$(grep -o '"span_id":"[0-9a-f]*"' "$work/out" | head -n 1 | cut -d'"' -f4)
[ -n "$span" ] || fail "no span in profile $id"
run 0 top $cpu --span-id "$span" --json "$block"
out_has '"flat"'
run 0 ls --span-id "$span" "$block"
out_has "$id"
run 3 top $cpu --span-id 0123456789abcdef "$block"

# Groups add up to the whole.
run 0 top $cpu --json "$block"
whole=$(json_sum flat)
for label in version pod endpoint; do
  run 0 top $cpu --group-by $label --json "$block"
  [ "$(json_sum flat)" = "$whole" ] || fail "groups by $label do not add up"
done
run 0 flame $cpu --group-by version --format folded "$block"
out_has '^{version="v1.6.0"};'

# Filters: what is focused and what is ignored are the whole.
run 0 top $cpu --focus 'runtime\.mallocgc$' --json "$block"
focused=$(json_sum flat)
run 0 top $cpu --ignore 'runtime\.mallocgc$' --json "$block"
[ $((focused + $(json_sum flat))) = "$whole" ] || fail "focus and ignore do not add up"
run 0 top $cpu --below runtime.mallocgc --json "$block"
[ "$(json_sum flat)" = "$focused" ] || fail "below has what focus has"
run 0 top $cpu --where-sample '{endpoint="/cart"}' "$block"
run 0 top $cpu --tagfocus endpoint=/cart --json "$block"
tagged=$(json_sum flat)
run 0 top $cpu --where-sample '{endpoint=~".*/cart.*"}' --json "$block"
[ "$(json_sum flat)" = "$tagged" ] || fail "tagfocus and --where-sample differ"
run 0 top --profile-type heap --sample-type alloc_space --tagfocus bytes=1kb: "$block"
run 0 top --profile-type process_cpu:samples:count:cpu:nanoseconds "$block"
out_has 'samples in count'
run 3 top $cpu --focus 'no such function' "$block"
out_empty
run 2 top $cpu --focus '(' "$block"
err_has 'focus: bad regular expression'
run 2 top $cpu --tagfocus 'a=(' "$block"
run 2 top $cpu --from 10 --to 5 "$block"
run 2 top $cpu --address nothing "$block"
run 3 top --profile-type nosuch "$block"
run 2 top $cpu --sample-type nosuch "$block"
err_has 'there are: cpu/nanoseconds, samples/count'

# Callers and callees.
run 0 callers runtime.mallocgc $cpu "$block"
out_has 'runtime.newobject'
run 0 callees runtime.mallocgc --depth 2 $cpu "$block"
run 0 callees runtime.mallocgc --json $cpu "$block"
out_has '"nodes"'
run 0 callers runtime.mallocgc -o "$work/callers.html" $cpu "$block"
grep -qi '<html' "$work/callers.html" || fail "callers writes no page"
run 3 callers nosuch $cpu "$block"
# A recursive function: the outermost call has one caller, inner calls have two others.
recursive='encoding/json.(*decodeState).value'
run 0 callers "$recursive" $cpu "$block"
[ "$(wc -l <"$work/out")" = 3 ] || fail "callers has those of the outermost call"
run 0 callers "$recursive" --all-callers $cpu "$block"
[ "$(wc -l <"$work/out")" = 5 ] || fail "--all-callers has those of inner calls"
out_has '^1.50s *100.00% .*  encoding/json.(\*decodeState).value$'
out_has '^1.46s *97.59% .*    encoding/json.(\*decodeState).object$'
out_has '^1.29s *86.10% .*    encoding/json.(\*decodeState).array$'
run 2 callees "$recursive" --all-callers $cpu "$block"

# Series and heatmaps.
run 0 series $cpu --json --step 1m "$block"
out_has '"aggregate":"sum"'
run 0 series $cpu --step 1m --aggregate count "$block"
[ "$(awk 'NR > 1 {s += $2} END {print s}' "$work/out")" = 40 ] || fail "each profile counts once"
for aggregate in sum rate average count min max quantile; do
  run 0 series $cpu --aggregate $aggregate --group-by pod --exemplars 2 "$block"
done
run 0 series $cpu --function runtime.mallocgc --self "$block"
run 0 series $cpu -o "$work/s.svg" "$block"
grep -q '<svg' "$work/s.svg" || fail "series writes no picture"
run 0 series $cpu -o "$work/s.html" "$block"
grep -qi '<html' "$work/s.html" || fail "series writes no page"
run 2 series $cpu --step 0s "$block"
run 2 series $cpu --step often "$block"
run 2 series $cpu --quantile 2 --aggregate quantile "$block"
run 0 heatmap $cpu --rows 5 "$block"
[ "$(awk 'NR > 1 {s += $4} END {print s}' "$work/out")" = 40 ] || fail "a heatmap counts profiles"
run 0 heatmap $cpu --observe spans --log -o "$work/h.html" "$block"
run 0 heatmap $cpu -o "$work/h.svg" "$block"
grep -q '<svg' "$work/h.svg" || fail "heatmap writes no picture"
run 2 heatmap $cpu --rows 0 "$block"

# PGO: these profiles are of a build without start lines, and the tool says so.
run 2 pgo $cpu -o "$work/x.pgo" "$block"
err_has "start line"

# Cost, plan, threads, memory.
run 0 top $cpu --cost "$block"
err_has 'from heads'
run 0 series $cpu --cost "$block"
err_has ' 0 rows'
run 0 top $cpu --explain "$block"
out_has 'checkout'
run 0 top $cpu --where '{version="nosuch"}' --explain "$block"
out_has '1 of 1 dataset ruled out'
run 0 top --profile-type nosuch --explain "$block"
out_has '1 of 1 dataset ruled out'
run 0 top $cpu -j 4 --json "$block"
[ "$(json_sum flat)" = "$whole" ] || fail "threads change the answer"
# A block that is given twice counts once, and the tool says so.
run 0 top $cpu -j 4 --json "$block" "$block"
[ "$(json_sum flat)" = "$whole" ] || fail "a block given twice counts twice"
err_has 'counted once'
run 1 top $cpu --memory 10kb "$block"
err_has 'may hold 10240 bytes'

# What is damaged is left out on demand, and named.
size=$(wc -c <"$block")
cp "$block" "$work/bad.block"
printf 'XXXXXXXX' | dd of="$work/bad.block" bs=1 seek=$((size - 40000)) conv=notrunc 2>/dev/null
run 4 top $cpu "$work/bad.block"
err_has "$work/bad.block"
run 0 top $cpu --skip-damaged --json "$work/bad.block" "$block"
err_has 'left out'
[ "$(json_sum flat)" = "$whole" ] || fail "the sound block's answer"
finish
