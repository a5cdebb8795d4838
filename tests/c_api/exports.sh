#!/usr/bin/env bash
# exports.sh NM LIBRARY LIST: the symbols that a shared library defines for others are those of the
# list, with their versions. A function that is gone, or has another version, breaks who was linked
# against it.
set -euo pipefail
"$1" -D --defined-only --with-symbol-versions "$2" | awk '{print $3}' | grep -v '^DOLERITE_' | LC_ALL=C sort |
  diff "$3" - || {
  echo "what the library exports is not what $3 lists" >&2
  exit 1
}
