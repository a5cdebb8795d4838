# Names of unknown origin: nothing that a terminal obeys reaches it.
. "$(dirname "$0")/lib.sh"

# An escape sequence, DEL, a C1 control, a bidirectional override and a line feed, in every place
# that a sender can fill.
odd='x\u001b[31m\u007f\u009b\u202e\u2066\ny'
cat >"$work/odd.json" <<JSON
{"resourceProfiles": [{
  "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "s$odd"}}]},
  "scopeProfiles": [{"scope": {"name": "c$odd"}, "profiles": [{
    "sampleType": {"typeStrindex": 1, "unitStrindex": 2}, "timeUnixNano": "1700000000000000001",
    "durationNano": "1000000000", "profileId": "000102030405060708090a0b0c0d0e0f",
    "attributeIndices": [1],
    "samples": [{"stackIndex": 1, "attributeIndices": [1], "values": ["3"]}]}]}]}],
 "dictionary": {
  "mappingTable": [{}, {"memoryStart": "4096", "memoryLimit": "8192", "filenameStrindex": 5}],
  "functionTable": [{}, {"nameStrindex": 3, "filenameStrindex": 4}],
  "locationTable": [{}, {"mappingIndex": 1, "address": "4112", "lines": [{"functionIndex": 1}]}],
  "linkTable": [{}],
  "stackTable": [{}, {"locationIndices": [1]}],
  "attributeTable": [{}, {"keyStrindex": 6, "value": {"stringValue": "v$odd"}}],
  "stringTable": ["", "t$odd", "u$odd", "f$odd", "file$odd", "m$odd", "k$odd"]}}
JSON
run 0 build -o "$work/odd.block" "$work/odd.json"
block=$work/odd.block

# By code points: controls but for line feeds, and what turns text around.
safe() {
  cat "$work/out" "$work/err" >"$work/both"
  iconv -f UTF-8 -t UTF-8 "$work/both" >"$work/valid" 2>&1 || fail "$*: not UTF-8"
  iconv -f UTF-8 -t UCS-4BE "$work/both" | od -An -v -tx1 -w4 | tr -d ' ' >"$work/points"
  ! grep -q -e '^0000000[0-9b-f]$' -e '^0000001' -e '^0000007f$' -e '^000000[89]' -e '^0000202[a-e]$' \
    -e '^0000206' "$work/points" || fail "a terminal obeys what this prints: dolerite $*"
}
check() {
  expected=$1
  shift
  run "$expected" "$@"
  safe "$@"
}

check 0 top "$block"
out_has 'x.x1b\[31m'
for by in line file mapping address; do check 0 top --by $by "$block"; done
check 0 top --json "$block"
check 0 top --cost "$block"
check 0 top --explain "$block"
check 0 top --group-by service_name "$block"
check 0 flame --format folded "$block"
check 0 flame --format json "$block"
check 0 diff --base '{}' --against '{}' "$block"
check 0 diff --base '{}' --against '{}' --json "$block"
check 0 diff --base '{}' --against '{}' --format folded "$block"
name=$(printf 'fx\033[31m\177\302\233\342\200\256\342\201\246\ny')
check 0 callers "$name" "$block"
check 0 callees --json "$name" "$block"
check 3 callers "no$name" "$block"
check 0 series "$block"
check 0 series --group-by service_name --json "$block"
check 0 heatmap "$block"
check 0 heatmap --json "$block"
check 0 labels "$block"
check 0 labels --types "$block"
check 0 labels --series "$block"
check 0 labels --samples "$block"
check 0 labels --samples --json "$block"
check 0 ls "$block"
check 0 ls --long "$block"
check 0 ls --json --long "$block"
check 0 get --profile 0 --format text "$block"
check 0 get --profile 0 --format json "$block"
check 0 info "$block"
check 0 info --json "$block"
check 0 dump "$block"
check 0 verify "$block"
check 2 top --profile-type "$name" --by "$name" "$block"
check 3 top --profile-type "$name" "$block"
check 2 top --sample-type "$name" "$block"
check 2 "$name"
cp "$block" "$work/$name.block"
check 0 verify "$work/$name.block"
check 1 top "$work/$name"
check 1 build -o "$work/z.block" "$work/$name"
finish
