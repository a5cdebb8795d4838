# Helpers of the tool's tests. A script is called with the tool and the source folder.
tool=$1
source=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0

fail() {
  echo "FAILED: $*"
  failures=$((failures + 1))
}

# run CODE ARGUMENT..: calls the tool; its output lies in $work/out and $work/err.
run() {
  expected=$1
  shift
  code=0
  "$tool" "$@" >"$work/out" 2>"$work/err" || code=$?
  [ "$code" = "$expected" ] || {
    fail "exit code $code, not $expected: dolerite $*"
    head -n 5 "$work/err"
  }
}

# On stdout or stderr of the last run.
out_has() { grep -q -e "$1" "$work/out" || fail "stdout lacks '$1'"; }
err_has() { grep -q -e "$1" "$work/err" || fail "stderr lacks '$1'"; }
out_empty() { [ ! -s "$work/out" ] || fail "stdout is not empty"; }
err_empty() { [ ! -s "$work/err" ] || fail "stderr is not empty: $(head -n 1 "$work/err")"; }

# The block of the bundled profiles.
build_demo_block() {
  run 0 build -o "$work/demo.block" --root "$source/examples/data" \
    --path-labels '{service_name}/{version}/{pod}/*.{kind}.pb.gz' "$source/examples/data/checkout"
}

finish() {
  [ "$failures" = 0 ] || { echo "$failures failures"; exit 1; }
}
