# The commands that README.md shows work as they are written.
. "$(dirname "$0")/lib.sh"

awk '/^```/ {p = 0} p {print} /^```sh$/ {p = 1}' "$source/README.md" >"$work/commands"
[ -s "$work/commands" ] || fail "README.md shows no commands"
mkdir "$work/bin" "$work/here"
ln -s "$tool" "$work/bin/dolerite"
ln -s "$source/examples" "$work/here/examples"
(cd "$work/here" && PATH=$work/bin:$PATH sh -e "$work/commands") >"$work/out" 2>"$work/err" ||
  { fail "a command of README.md fails"; cat "$work/err"; }
out_has 'main.checksum'
finish
