# Questions as JSON: each command prints what its flags mean, and asking that gives the same answer.
. "$(dirname "$0")/lib.sh"

build_demo_block
block=$work/demo.block

# same ARGUMENT..: a command, and the question that it prints, asked.
same() {
  run 0 "$@" "$block"
  cp "$work/out" "$work/answer"
  run 0 "$@" --print-question
  cp "$work/out" "$work/question"
  [ "$(wc -l <"$work/question")" = 1 ] || fail "a question is one line: $*"
  run 0 ask "$work/question" "$block"
  cmp -s "$work/out" "$work/answer" || fail "another answer: dolerite $*"
  run 0 ask "$work/question" --print-question
  cmp -s "$work/out" "$work/question" || fail "the printed question is not canonical: $*"
}

same top --profile-type cpu --json
same top --profile-type cpu --json -n 3 --where '{pod="d"}' --by line --mangled
same top --profile-type heap --json --sum --group-by pod
same top --profile-type cpu --json --from 2020-01-01 --to 2100-01-01 --where-sample '{endpoint="/cart"}'
same flame --profile-type cpu --json --max-nodes 20 --focus runtime
same flame --profile-type cpu --format folded
same flame --profile-type cpu --format html --title Title
same flame --profile-type cpu --format pprof
same flame --profile-type cpu --json --group-by version --max-nodes 20
same flame --profile-type cpu --format folded --group-by version
same flame --profile-type cpu --format html --group-by version
for format in json html folded; do
  same diff --base '{version="v1.5.0"}' --against '{version="v1.6.0"}' --profile-type cpu \
    --normalize --rank value --format $format
  [ "$format" = folded ] || same callers runtime.mallocgc --profile-type cpu --format $format
done
same callers 'encoding/json.(*decodeState).value' --all-callers --profile-type cpu --json
same callees runtime.mallocgc --profile-type cpu --json
for format in json svg html; do
  same series --profile-type cpu --step 30s --group-by pod --exemplars 2 --format $format
  same heatmap --profile-type cpu --rows 5 --log --observe spans --format $format
done
same series --profile-type cpu --function runtime.mallocgc --self --aggregate rate --json
same labels --json
same labels --json --samples
same labels --json --types
same labels --json --series
same labels --json --values pod

# A side of a difference that selects nothing is exit code 3 for both.
empty_side="diff --normalize --profile-type cpu --against {version=\"v1.5.0\"} --base {version=\"v9\"}"
run 3 $empty_side "$block"
run 0 $empty_side --json --print-question
cp "$work/out" "$work/question"
run 3 ask "$work/question" "$block"
err_has 'base selects no profile'

# A list is ordered by time, and `ls` by place.
run 0 ls --json --profile-type cpu "$block"
sort "$work/out" >"$work/answer"
run 0 ls --json --profile-type cpu --print-question
cp "$work/out" "$work/question"
run 0 ask - "$block" <"$work/question"
sort "$work/out" | cmp -s - "$work/answer" || fail "a list has other profiles than ls"

# What a question means in text; flags that say nothing are not in it.
run 0 top --profile-type cpu -n 3 --where '{pod="a"}' --print-question
[ "$(cat "$work/out")" = '{"question":"tree","selection":{"matchers":"{pod=\"a\"}","profile_type":"cpu"},"answer":{"format":"table","rows":3}}' ] ||
  fail "top --print-question: $(cat "$work/out")"
run 0 series --profile-type cpu --step 60s --print-question
[ "$(cat "$work/out")" = '{"question":"series","selection":{"profile_type":"cpu"}}' ] ||
  fail "series --print-question: $(cat "$work/out")"

# A profile as JSON has the lines of `get`, but for samples of zeros. Samples of heap profiles have
# no spans, which a merged profile does not keep either.
run 0 ls --json --profile-type heap "$block"
id=$(head -n 1 "$work/out" | grep -o '"id":"[0-9a-f]*"' | cut -d'"' -f4)
run 0 get --profile "$id" --format json "$block"
samples() { tail -n +2 "$work/out" | sed 's/"sample":[0-9]*,//' | grep -v '"values":\[0,0,0,0\]' | sort; }
samples >"$work/answer"
[ -s "$work/answer" ] || fail "get --format json shows no sample"
echo "{\"question\":\"profile\",\"selection\":{\"profile_ids\":[\"$id\"]}}" >"$work/profile"
run 0 ask --format json "$work/profile" "$block"
samples | cmp -s - "$work/answer" || fail "ask --format json has other samples than get"

# Another format than the question's, flags of the blocks, archives.
echo '{"question":"tree","selection":{"profile_type":"cpu"}}' >"$work/question"
run 0 ask --format folded "$work/question" "$block"
out_has 'runtime.mallocgc'
run 0 ask --format html -o "$work/a.html" --cost "$work/question" "$block"
err_has 'from heads'
grep -qi '<html' "$work/a.html" || fail "ask writes no page"
run 0 import "$work/archive" --root "$source/examples/data" \
  --path-labels '{service_name}/{version}/{pod}/*.{kind}.pb.gz' "$source/examples/data/checkout"
run 0 ask "$work/question" "$block"
cp "$work/out" "$work/answer"
run 0 ask "$work/question" "$work/archive"
cmp -s "$work/out" "$work/answer" || fail "an archive answers otherwise than its block"

# Mistakes are named with their place, before blocks are read.
run 2 ask --format svg "$work/question" "$work/nosuch.block"
err_has 'expected json, table, folded or html, found "svg"'
echo '{"question":"tree","selecton":{}}' >"$work/question"
run 2 ask "$work/question" "$work/nosuch.block"
err_has '\$: unknown key "selecton"; did you mean "selection"?'
echo '{"question":"tree","answer":{"view":"callers"}}' >"$work/question"
run 2 ask "$work/question" --format table "$block"
err_has 'profile types'
echo '{"question":"tree","selection":{"profile_type":"cpu"},"answer":{"view":"callers"}}' >"$work/question"
run 2 ask "$work/question" "$block"
err_has '\$.answer.function is missing'
echo '{"question":"tree","selection":{"profile_type":"cpu"},"answer":{"view":"callees","function":"no"}}' >"$work/question"
run 3 ask "$work/question" "$block"
err_has 'no stack has "no"'
echo '{"question":"list","selection":{"matchers":"{pod=\"no\"}"}}' >"$work/question"
run 3 ask "$work/question" "$block"
run 1 ask "$work/nosuch.json" "$block"
run 2 ask "$work/question"
err_has 'BLOCK is required'
run 2 top --profile-type cpu
err_has 'BLOCK is required'
finish
