#include "base/text.h"
#include "dolerite/flamegraph.h"

namespace dolerite {
namespace {

void AppendEscaped(std::string* out, std::string_view name) {
  if (name.empty()) out->append("\\e");
  for (char c : name) {
    switch (c) {
      case ';':
        out->append("\\x3b");
        break;
      case '\n':
        out->append("\\n");
        break;
      case '\r':
        out->append("\\r");
        break;
      case '\\':
        out->append("\\\\");
        break;
      default:
        out->push_back(c);
    }
  }
}

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
