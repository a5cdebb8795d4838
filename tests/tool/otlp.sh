# OTLP Profiles in and out, beside pprof.
. "$(dirname "$0")/lib.sh"
data=$source/examples/data/checkout/v1.5.0/d
pprof=$data/0001.cpu.pb.gz

# One service, one profile of two samples: timestamps, a link, attributes of every kind.
cat >"$work/one.json" <<'JSON'
{"resourceProfiles": [{
  "resource": {"attributes": [
    {"key": "service.name", "value": {"stringValue": "cart"}},
    {"key": "cluster.name", "value": {"stringValue": "east"}},
    {"key": "process.command_args", "value": {"arrayValue": {"values":
      [{"stringValue": "run"}, {"intValue": "8"}, {"boolValue": true}]}}}]},
  "scopeProfiles": [{"scope": {"name": "by-hand"}, "profiles": [{
    "sampleType": {"typeStrindex": 1, "unitStrindex": 2},
    "timeUnixNano": "1700000000000000001", "durationNano": "1000000000",
    "profileId": "000102030405060708090a0b0c0d0e0f",
    "attributeIndices": [1],
    "samples": [
      {"stackIndex": 1, "linkIndex": 1, "attributeIndices": [2], "values": ["3", "4"],
       "timestampsUnixNano": ["1700000000000000002", "1700000000500000000"]},
      {"stackIndex": 2, "values": ["5"]}]}]}]}],
 "dictionary": {
  "mappingTable": [{}, {"memoryStart": "4096", "memoryLimit": "8192", "filenameStrindex": 6}],
  "functionTable": [{}, {"nameStrindex": 3, "filenameStrindex": 5}, {"nameStrindex": 4}],
  "locationTable": [{}, {"mappingIndex": 1, "address": "4112",
      "lines": [{"functionIndex": 1, "line": "7"}, {"functionIndex": 2, "line": "9"}]},
    {"mappingIndex": 1, "address": "4128"}],
  "linkTable": [{}, {"traceId": "0123456789abcdef0123456789abcdef", "spanId": "00112233445566aa"}],
  "stackTable": [{}, {"locationIndices": [1, 2]}, {"locationIndices": [2]}],
  "attributeTable": [{}, {"keyStrindex": 7, "value": {"doubleValue": 1.5}},
    {"keyStrindex": 8, "value": {"intValue": "512"}, "unitStrindex": 9}],
  "stringTable": ["", "wall", "nanoseconds", "leaf", "caller", "leaf.cc", "/bin/cart", "load",
    "size", "By"]}}
JSON
trace=0123456789abcdef0123456789abcdef

# Series labels come from the resource; what names them otherwise is said.
run 0 build -o "$work/one.block" "$work/one.json"
err_has '1 profile, 2 samples'
run 0 ls --json "$work/one.block"
out_has '"id":"000102030405060708090a0b0c0d0e0f","type":"wall"'
out_has '"labels":{"service_name":"cart"}'
! grep -q '"attributes"' "$work/out" || fail "ls reads profiles unasked"
run 0 build -o "$work/labels.block" --labels service_name=other,pod=a --resource-labels cluster.name,no.such \
  "$work/one.json"
err_has 'its service_name is replaced, in 1 profile'
run 0 ls --json "$work/labels.block"
out_has '"labels":{"cluster_name":"east","pod":"a","service_name":"other"}'
run 0 build --json -o "$work/labels.block" --labels service_name=cart "$work/one.json"
out_has '"labels_replaced":0'
run 0 build -o "$work/labels.block" --root "$work" --path-labels '{service_name}.json' "$work/one.json"
run 0 ls "$work/labels.block"
out_has 'service_name="one"'

# What is seen of it.
run 0 ls --long --json "$work/one.block"
out_has '"samples":2,.*"links":1,"timestamps":2,"attributes":{"load":1.5,'
out_has '"otlp.resource:process.command_args":\["run",8,true\]'
run 0 ls --long "$work/one.block"
out_has 'samples  links  timestamps  series'
out_has '{load=1.5, '
run 0 get --profile 0 --format text "$work/one.block"
for text in '2023-11-14T22:13:20.000000001Z' 'wall/nanoseconds' "trace $trace span 00112233445566aa" \
  'at 2023-11-14T22:13:20.000000002Z, 3$' 'at 2023-11-14T22:13:20.500000000Z, 4$' 'size=512 By' \
  'leaf  leaf.cc:7  (inlined)' 'caller:9\|caller' '0x1020  \[/bin/cart\]' 'load=1.5' '0x1000-0x2000'; do
  out_has "$text"
done
err_empty
run 0 get --profile 0 --format json "$work/one.block"
[ "$(wc -l <"$work/out")" = 3 ] || fail "get --format json has not one line for the profile and each sample"
out_has "\"trace_id\":\"$trace\",\"span_id\":\"00112233445566aa\""
out_has '"times_nanos":\[1700000000000000002,1700000000500000000\],"time_values":\[3,4\]'
out_has '"stack":\[{"function":"leaf","file":"leaf.cc","line":7,"inlined":true,'

# Out and in again: nothing is lost, and the bytes are the same.
run 0 get --profile 0 --format otlp -o "$work/one.otlp" "$work/one.block"
err_empty
run 0 build -o "$work/again.block" "$work/one.otlp"
cmp -s "$work/one.block" "$work/again.block" || fail "OTLP that was written is not what was read"
run 0 get --profile 0 --format otlp -o - "$work/again.block"
cmp -s "$work/out" "$work/one.otlp" || fail "-o - writes other bytes"
run 0 get --profile 0 -o "$work/one.pb.gz" "$work/one.block"
err_has "left out what pprof can't say: [0-9]* value"

# In frames, compressed, as JSON lines: the same block. Names mean nothing.
size=$(wc -c <"$work/one.otlp")
# shellcheck disable=SC2059  # the format is the bytes
{ printf "\\000\\000\\$(printf %o $((size / 256)))\\$(printf %o $((size % 256)))"; cat "$work/one.otlp"; } \
  >"$work/framed.pb.gz"
gzip -c "$work/one.otlp" >"$work/zipped.pprof"
{ tr '\n' ' ' <"$work/one.json"; echo; tr '\n' ' ' <"$work/one.json"; echo; } >"$work/lines.txt"
cp "$work/one.otlp" "$work/otlp.pb"
for file in framed.pb.gz zipped.pprof lines.txt otlp.pb; do
  run 0 build -o "$work/form.block" "$work/$file"
  cmp -s "$work/one.block" "$work/form.block" || fail "$file gives another block"
done
run 0 build --json -o "$work/form.block" "$work/lines.txt" "$work/otlp.pb"
out_has '"profiles":1,"files":2,.*"otlp":{"files":2,"messages":3,'
err_has '2 profiles came again and were stored once'

# A mix of formats, distinguished by content.
cp "$pprof" "$work/pprof.json"
run 0 build --json -o "$work/mix.block" "$work/pprof.json" "$work/one.json" "$work/framed.pb.gz" "$data"
out_has '"failed":0'
run 0 ls "$work/mix.block"
out_has ' wall '
out_has ' cpu '
run 0 verify "$work/mix.block"

# pprof through OTLP answers as before.
run 0 build -o "$work/cpu.block" --labels service_name=checkout "$pprof"
run 0 get --profile 0 --format otlp -o "$work/cpu.otlp" "$work/cpu.block"
run 0 build -o "$work/through.block" "$work/cpu.otlp"
err_has '1 profile joined others'
for type in cpu samples; do
  run 0 top --json --sample-type $type "$work/cpu.block"
  cp "$work/out" "$work/expected"
  run 0 top --json --sample-type $type "$work/through.block"
  cmp -s "$work/out" "$work/expected" || fail "$type is another after OTLP"
done

# Told the format: no other is tried.
run 0 build --input-format otlp -o "$work/given.block" "$work/one.json"
run 0 build --input-format pprof -o "$work/given.block" "$pprof"
for wrong in "pprof $work/one.otlp" "pprof $work/one.json" "otlp $pprof"; do
  # shellcheck disable=SC2086  # two words
  run 1 build -o "$work/no.block" --input-format $wrong
  err_has "${wrong#* }"
done
run 2 build -o "$work/no.block" --input-format jfr "$pprof"
run 2 get --profile 0 --format jfr -o - "$work/one.block"

# Rubbish, and OTLP that is cut off or not valid.
echo rubbish >"$work/rubbish"
run 1 build -o "$work/no.block" "$work/rubbish"
err_has "$work/rubbish: neither pprof nor OTLP"
cut() { head -c $((size - $1)) "$work/one.otlp" >"$work/cut.otlp"; }
for bytes in 1 10 100 $((size / 2)) $((size - 10)); do
  cut "$bytes"
  run 1 build -o "$work/no.block" "$work/cut.otlp"
  err_has "$work/cut.otlp: otlp"
done
head -c 700 "$work/one.json" >"$work/cut.json"
run 1 build -o "$work/no.block" "$work/cut.json"
head -c 100 "$work/zipped.pprof" >"$work/cut.gz"
run 1 build -o "$work/no.block" "$work/cut.gz"
err_has 'gzip'
[ ! -e "$work/no.block" ] || fail "a block of nothing was written"
run 1 build -o "$work/some.block" "$work/rubbish" "$work/cut.otlp" "$work/one.json"
err_has '2 files did not go in'
err_has '1 profile, '

# A sample whose stack is not there: refused, or left out and said.
sed 's/"stackIndex": 2/"stackIndex": 99/' "$work/one.json" >"$work/bad.json"
run 1 build -o "$work/no.block" "$work/bad.json"
err_has 'samples\[1\].stack_index: 99'
run 0 build --lenient --json -o "$work/sound.block" "$work/bad.json"
err_has 'bad.json: left out: .*samples\[1\].stack_index: 99'
err_has '1 part left out'
out_has '"samples":1,.*"refused":1'

# Messages without a profile.
echo '{"resourceProfiles": []}' >"$work/empty.json"
run 3 build -o "$work/no.block" "$work/empty.json"
err_has "$work/empty.json: holds no profile"
run 0 build -o "$work/some.block" "$work/empty.json" "$work/one.json"
finish
