# README.md shows code that is compiled, and commands that work.
. "$(dirname "$0")/lib.sh"

awk '/\[to here\]/ {p = 0} p {print} /\[README.md shows this\]/ {p = 1}' "$source/examples/quickstart.cc" >"$work/compiled"
awk '/^```/ {p = 0} p {print} /^```cpp$/ {p = 1}' "$source/README.md" >"$work/shown"
[ -s "$work/shown" ] || fail "README.md shows no code"
cmp -s "$work/compiled" "$work/shown" || {
  fail "README.md shows other code than quickstart.cc:"
  diff "$work/compiled" "$work/shown"
}

# Files that it points to are there.
sed -n 's/.*](\([A-Za-z][^)]*\)).*/\1/p' "$source/README.md" >"$work/links"
while read -r link; do
  [ -e "$source/$link" ] || fail "README.md points to $link, which is not there"
done <"$work/links"

# The shell block, all of it.
awk '/^```/ {p = 0} p {print} /^```sh$/ {p = 1}' "$source/README.md" >"$work/commands"
mkdir "$work/bin" "$work/here"
ln -s "$tool" "$work/bin/dolerite"
ln -s "$source/examples" "$work/here/examples"
(cd "$work/here" && PATH=$work/bin:$PATH sh -e "$work/commands") >"$work/out" 2>"$work/err" ||
  { fail "a command of README.md fails"; cat "$work/err"; }
out_has 'main.checksum'
finish
