#include "query/naive.h"

#include <cstdio>
#include <set>

namespace dolerite::testing {

namespace {

std::string ToString(const Profile& p, StringId id) { return std::string(p.symbols.strings[id]); }

std::string Binary(const Profile& p, size_t location) {
  const MappingId mapping = p.symbols.locations.mapping[location];
  const std::string file = ToString(p, p.symbols.mappings.file[mapping.value]);
  if (file.empty()) return "[unknown]";
  return "[" + file.substr(file.find_last_of('/') + 1) + "]";
}

std::string FrameOf(const Profile& p, size_t location, const Line* line, FrameBy by) {
  const Functions& f = p.symbols.functions;
  const std::string binary = Binary(p, location);
  std::string name = line ? ToString(p, f.name[line->function.value]) : "";
  const std::string file = line ? ToString(p, f.file[line->function.value]) : "";
  if (line && name.empty()) name = ToString(p, f.system_name[line->function.value]);
  switch (by) {
    case FrameBy::kFunction:
      return name.empty() ? binary : name;
    case FrameBy::kLine:
      if (line == nullptr) return binary;
      return (name.empty() ? binary : name) + " " + file + ":" + std::to_string(line->line);
    case FrameBy::kFile:
      return file.empty() ? binary : file;
    case FrameBy::kMapping:
      return binary;
    case FrameBy::kFunctionFile:
      return (name.empty() ? binary : name) + (file.empty() ? "" : " " + file);
    case FrameBy::kAddress:
      break;
  }
  const uint32_t mapping = p.symbols.locations.mapping[location].value;
  const uint64_t address = p.symbols.locations.address[location] -
                           p.symbols.mappings.start[mapping] + p.symbols.mappings.offset[mapping];
  char hex[32];
  std::snprintf(hex, sizeof hex, "+0x%llx", static_cast<unsigned long long>(address));
  return binary + hex + (name.empty() ? "" : " " + name);
}

Path PathOf(const Profile& p, size_t stack, FrameBy by) {
  Path path;
  const bool merge = by == FrameBy::kFile || by == FrameBy::kMapping;
  const auto add = [&](const std::string& frame) {
    if (!merge || path.empty() || path.back() != frame) path.push_back(frame);
  };
  for (size_t i = p.stacks.length(stack); i-- > 0;) {
    const uint32_t location = p.stacks.begin(stack)[i].value;
    const Lists<Line>& lines = p.symbols.locations.lines;
    if (lines.length(location) == 0 || by == FrameBy::kMapping) {
      add(FrameOf(p, location, nullptr, by));
      continue;
    }
    for (size_t l = lines.length(location); l-- > 0;) {
      add(FrameOf(p, location, lines.begin(location) + l, by));
    }
  }
  return path;
}

}  // namespace

size_t NaiveType(const Profile& p, const std::string& sample_type) {
  const std::string wanted = sample_type.empty() ? ToString(p, p.default_sample_type) : sample_type;
  for (size_t t = 0; t < p.sample_types.size(); ++t) {
    const std::string name = ToString(p, p.sample_types[t].type);
    const std::string unit = ToString(p, p.sample_types[t].unit);
    if (wanted == name || wanted == name + "/" + unit || wanted == "/" + unit) return t;
  }
  return p.sample_types.size() - 1;
}

void AddNaive(const Profile& p, const std::string& sample_type, FrameBy by, Sums* sums) {
  const size_t type = NaiveType(p, sample_type), types = p.sample_types.size();
  std::map<uint32_t, __int128> by_stack;
  for (size_t i = 0; i < p.samples.size(); ++i) {
    by_stack[p.samples.stack[i].value] += p.samples.values[i * types + type];
  }
  for (const auto& [stack, value] : by_stack) (*sums)[PathOf(p, stack, by)] += value;
}

Flames FlamesOf(const Sums& sums) {
  Flames flames;
  flames[{}] = {0, 0};
  for (const auto& [path, value] : sums) {
    if (value == 0) continue;
    const int64_t self = static_cast<int64_t>(value);
    for (size_t size = 0; size <= path.size(); ++size) {
      flames[Path(path.begin(), path.begin() + static_cast<ptrdiff_t>(size))].second += self;
    }
    flames[path].first += self;
  }
  return flames;
}

Flames FlamesOf(const Tree& tree, size_t column) {
  Flames flames;
  std::vector<Path> paths(tree.size());
  for (size_t i = 0; i < tree.size(); ++i) {
    if (i > 0) {
      paths[i] = paths[tree.parent[i]];
      paths[i].emplace_back(tree.names[tree.name[i]]);
    }
    const Tree::Column& values = tree.columns[column];
    const bool is_new = flames.try_emplace(paths[i], values.self[i], values.total[i]).second;
    if (!is_new) FAIL_CHECK("two children of one name");
  }
  return flames;
}

std::map<std::string, std::pair<int64_t, int64_t>> NaiveTop(const Sums& sums) {
  std::map<std::string, std::pair<int64_t, int64_t>> rows;
  for (const auto& [path, value] : sums) {
    if (value == 0) continue;
    for (const std::string& name : std::set<std::string>(path.begin(), path.end())) {
      rows[name].second += static_cast<int64_t>(value);
    }
    if (!path.empty()) rows[path.back()].first += static_cast<int64_t>(value);
  }
  return rows;
}

Tree Ask(const std::vector<std::string>& blocks, const TreeQuestion& question, bool heads) {
  TreeQuery query(question, {.heads = heads});
  for (const std::string& bytes : blocks) {
    const BlockReader block = OpenBytes(bytes);
    const absl::Status status = query.Add(block);
    INFO(status);
    REQUIRE(status.ok());
  }
  absl::StatusOr<Tree> tree = std::move(query).Finish();
  INFO(tree.status());
  REQUIRE(tree.ok());
  return *std::move(tree);
}

std::string Text(const Tree& tree) {
  std::string out = tree.type + "/" + tree.unit + "\n";
  for (size_t i = 0; i < tree.size(); ++i) {
    out += std::to_string(tree.parent[i]) + " " + std::string(tree.names[tree.name[i]]);
    for (const Tree::Column& column : tree.columns) {
      out += " " + std::to_string(column.self[i]) + "/" + std::to_string(column.total[i]);
    }
    out += "\n";
  }
  return out;
}

}  // namespace dolerite::testing
