// Collapsed stacks, a line each. A name may hold any bytes, so what would end it or upset a
// terminal is written as an escape. There are three: `\xHH` for a byte, `\\` for a backslash, and
// `\e` for the empty name. A backslash before anything else is itself: namespaces of PHP and paths
// of Windows stay as they are. What comes out can be read back as the same names.
#include <algorithm>

#include "base/text.h"
#include "base/utf8.h"
#include "dolerite/tree_text.h"

namespace dolerite {
namespace {

constexpr std::string_view kEmptyName = "\\e";

bool IsHexDigit(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// Whether a character is written byte by byte: the end of a name, a control, or, where `character`
// is empty, a byte that is not UTF-8.
bool IsEscaped(std::string_view character) {
  return character.empty() || character == ";" || IsControl(character);
}

// Whether a reader would take a backslash for the start of an escape, by what is written behind it.
// `rest` is the name behind the backslash; bytes that are escaped are written as another backslash.
bool BeginsEscape(std::string_view rest) {
  if (rest.empty()) return false;
  if (rest[0] == '\\' || IsEscaped(rest.substr(0, Utf8Length(rest, 0)))) return true;
  return rest[0] == 'x' && rest.size() > 2 && IsHexDigit(rest[1]) && IsHexDigit(rest[2]);
}

void AppendEscaped(std::string* out, std::string_view name) {
  if (name.empty()) return static_cast<void>(out->append(kEmptyName));
  // A function that is really called `\e` must not read as the empty name.
  if (name == kEmptyName) out->push_back('\\');
  for (size_t at = 0; at < name.size();) {
    // Most names are plain from end to end, and are appended at once.
    const size_t plain = PlainLength(name.substr(at), ";\\");
    out->append(name.substr(at, plain));
    at += plain;
    if (at == name.size()) return;
    const size_t length = Utf8Length(name, at);
    const std::string_view bytes = name.substr(at, std::max<size_t>(length, 1));
    if (IsEscaped(name.substr(at, length))) {
      for (char c : bytes) AppendByteEscape(out, c);
    } else {
      // The backslash is doubled only where it would be misread.
      if (name[at] == '\\' && BeginsEscape(name.substr(at + 1))) out->push_back('\\');
      out->append(bytes);
    }
    at += bytes.size();
  }
}

// A node where no stack ends has no line; with two columns either suffices.
bool HasSelf(const Tree& tree, size_t node) {
  for (const Tree::Column& column : tree.columns) {
    if (column.self[node] != 0) return true;
  }
  return false;
}

void AppendLine(std::string* out, std::string_view stack, const Tree& tree, size_t node) {
  out->append(stack);
  for (const Tree::Column& column : tree.columns) {
    AppendPiece(out, ' ');
    AppendPiece(out, column.self[node]);
  }
  out->push_back('\n');
}

}  // namespace

std::string FoldedStacks(const Tree& tree) {
  std::string out, stack;
  std::vector<size_t> ends(tree.size());  // of each node's stack, while it is the one at hand
  for (size_t i = 0; i < tree.size(); ++i) {
    if (i != 0) {
      // Nodes are in pre-order: the parent's stack begins the one of the node before, so each name
      // is escaped once.
      stack.resize(ends[tree.parent[i]]);
      if (tree.parent[i] != 0) stack.push_back(';');
      AppendEscaped(&stack, tree.names[tree.name[i]]);
      ends[i] = stack.size();
    }
    if (HasSelf(tree, i)) AppendLine(&out, stack, tree, i);
  }
  return out;
}

}  // namespace dolerite
