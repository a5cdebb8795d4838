#include "layers/rules.h"

#include <algorithm>
#include <map>
#include <regex>
#include <set>

namespace dolerite::layers {
namespace {

constexpr size_t kMaxLines = 500;

// What each layer may include, besides what that may include.
const std::map<std::string, std::set<std::string>>& Below() {
  static const std::map<std::string, std::set<std::string>> kBelow = {
      {"base", {}},
      {"model", {"base"}},
      {"encoding", {"base"}},
      {"store", {"base"}},
      {"s3", {"store"}},
      {"formats", {"model"}},
      {"render", {"model"}},
      {"block", {"model", "encoding", "store"}},
      {"query", {"block", "model"}},
      {"arrow", {"query"}},
      {"archive", {"query"}},
      {"ask", {"archive", "arrow", "formats", "render"}},
      {"c_api", {"ask", "s3"}},
  };
  return kBelow;
}

// Public headers, by name without the extension.
constexpr std::pair<const char*, const char*> kLayerOfHeader[] = {
    {"call_context", "base"},
    {"accounting_store", "store"},
    {"caching_store", "store"},
    {"fault_store", "store"},
    {"forwarding_store", "store"},
    {"executor", "base"},
    {"export", "base"},
    {"limits", "base"},
    {"call_graph", "model"},
    {"diff_table", "model"},
    {"heatmap", "model"},
    {"labels", "model"},
    {"pgo", "model"},
    {"profile", "model"},
    {"profile_type", "model"},
    {"symbols", "model"},
    {"time_series", "model"},
    {"units", "model"},
    {"value_kind", "query"},
    {"demangle", "model"},
    {"top", "model"},
    {"tree", "model"},
    {"object_store", "store"},
    {"s3", "s3"},
    {"stores", "store"},
    {"upload", "store"},
    {"store_conformance", "store"},
    {"decompress", "formats"},
    {"formats", "formats"},
    {"otlp", "formats"},
    {"pprof", "formats"},
    {"pyroscope", "formats"},
    {"charts", "render"},
    {"flamegraph", "render"},
    {"block_builder", "block"},
    {"block_reader", "block"},
    {"view_profiles", "block"},
    {"damage", "block"},
    {"archive", "archive"},
    {"arrow", "arrow"},
    {"archive_verify", "archive"},
    {"ingester", "archive"},
    {"snapshot", "archive"},
    {"block_view", "query"},
    {"catalog", "query"},
    {"plan", "query"},
    {"query", "query"},
    {"selection", "query"},
    {"catalog_question", "query"},
    {"diff_question", "query"},
    {"heatmap_question", "query"},
    {"list_question", "query"},
    {"profile_question", "query"},
    {"questions", "query"},
    {"series_question", "query"},
    {"tree_question", "query"},
    {"answer_arrow", "ask"},
    {"answer_json", "ask"},
    {"any_question", "ask"},
    {"ask", "ask"},
    {"dolerite", "c_api"},
    {"question_json", "ask"},
    {"tree_text", "render"},
    {"value_text", "render"},
};

bool MayInclude(const std::string& from, const std::string& to) {
  if (from == to) return true;
  const std::set<std::string>& below = Below().at(from);
  return std::any_of(below.begin(), below.end(), [&](auto& b) { return MayInclude(b, to); });
}

// Folders within a layer, from the bottom up: what a folder may include of its layer besides
// itself. A folder that has no row may include what the row `<layer>/*` says. Files that lie in
// the layer's own folder may include all of it.
const std::map<std::string, std::set<std::string>>& BelowInLayer() {
  static const std::map<std::string, std::set<std::string>> kBelow = {
      {"formats/wire", {}},
      {"formats/*", {"formats/wire"}},
      {"render/*", {"render/tree_json.h", "render/charts_page.h"}},
      {"query/select", {}},
      {"query/scan", {"query/select"}},
      {"query/answers",
       {"query/select", "query/scan", "query/query_core.h", "query/partial_wire.h",
        "query/question_fields.h"}},
  };
  return kBelow;
}

bool MayIncludeInLayer(const std::string& folder, const std::string& path) {
  if (folder.empty() || FolderOf(path) == folder) return true;
  auto row = BelowInLayer().find(folder);
  if (row == BelowInLayer().end()) {
    row = BelowInLayer().find(folder.substr(0, folder.find('/')) + "/*");
  }
  if (row == BelowInLayer().end()) return false;
  return row->second.count(path) != 0 || row->second.count(FolderOf(path)) != 0;
}

bool StartsWith(const std::string& text, const std::string& prefix) {
  return text.compare(0, prefix.size(), prefix) == 0;
}

bool IsPublic(const std::string& path) { return StartsWith(path, "include/dolerite/"); }
bool IsLibrary(const std::string& path) {
  const bool is_cpp = path.ends_with(".h") || path.ends_with(".cc");
  return is_cpp && (IsPublic(path) || StartsWith(path, "src/"));
}

std::string At(const SourceFile& file, size_t line, const std::string& what) {
  return file.path + ":" + std::to_string(line) + ": " + what;
}

// One violation for each line that the pattern finds, `what` and what was found.
Violations Find(const SourceFile& file, const std::string& text, const std::regex& pattern,
                const std::string& what) {
  Violations found;
  const std::vector<std::string> lines = SplitLines(text);
  for (size_t i = 0; i < lines.size(); ++i) {
    std::smatch m;
    if (std::regex_search(lines[i], m, pattern)) {
      found.push_back(At(file, i + 1, what + ": " + m.str()));
    }
  }
  return found;
}

void Append(Violations more, Violations* all) { all->insert(all->end(), more.begin(), more.end()); }

struct Ban {
  const char* what;
  std::regex pattern;
};

const std::vector<Ban>& Bans() {
  static const std::vector<Ban> kBans = {
      {"output", std::regex(R"(\bstd::(cout|cerr|clog)\b|\b(f?printf|f?puts|putchar)\s*\()")},
      {"end of the process", std::regex(R"(\b(abort|exit|_exit|quick_exit|terminate)\s*\()")},
      {"environment", std::regex(R"(\b(getenv|secure_getenv|setenv|putenv)\s*\()")},
      {"thread", std::regex(R"(\bstd::(thread|jthread|async)\b|\bpthread_create\b)")},
      {"clock", std::regex(R"(::now\s*\(|\babsl::(Now|GetCurrentTimeNanos)\b|\btime\s*\(\s*)"
                           R"((NULL|nullptr|0|&)|\b(clock_gettime|gettimeofday|clock)\s*\()")},
      {"random numbers", std::regex(R"(\b[sd]?rand(48)?\s*\(|\brandom_device\b|\babsl::BitGen)")},
  };
  return kBans;
}

// Switches of other people's headers, and the macros that Arrow's interface lays down.
bool IsForeign(const std::string& macro) {
  return macro == "XXH_INLINE_ALL" || macro == "ZSTD_STATIC_LINKING_ONLY" ||
         StartsWith(macro, "ARROW_");
}

}  // namespace

std::string LayerOf(const std::string& path) {
  static const std::regex kPublic(R"(^(?:include/)?dolerite/(\w+)\.h$)");
  static const std::regex kInternal(R"(^(?:src/)?(\w+)/)");
  std::smatch m;
  if (std::regex_search(path, m, kPublic)) {
    const auto* const header =
        std::find_if(std::begin(kLayerOfHeader), std::end(kLayerOfHeader),
                     [&](const auto& row) { return m[1].str() == row.first; });
    return header == std::end(kLayerOfHeader) ? "" : header->second;
  }
  if (std::regex_search(path, m, kInternal) && Below().count(m[1]) != 0) return m[1];
  return "";
}

Violations CheckLayers(const SourceFile& file) {
  const std::string layer = LayerOf(file.path);
  if (layer.empty()) return {};
  Violations found;
  for (const Include& include : IncludesOf(file.text)) {
    const std::string other = LayerOf(include.path);
    if (other.empty() || MayInclude(layer, other)) continue;
    found.push_back(At(file, include.line, layer + " includes " + other + ": " + include.path));
  }
  return found;
}

std::string FolderOf(const std::string& path) {
  static const std::regex kFolder(R"(^(?:src/)?((?!src/)\w+/\w+)/)");
  std::smatch m;
  return std::regex_search(path, m, kFolder) && !LayerOf(path).empty() ? m[1].str() : "";
}

Violations CheckFolders(const SourceFile& file) {
  const std::string folder = FolderOf(file.path);
  Violations found;
  for (const Include& include : IncludesOf(file.text)) {
    const bool internal = !StartsWith(include.path, "dolerite/");
    if (!internal || LayerOf(include.path) != LayerOf(file.path)) continue;
    if (MayIncludeInLayer(folder, include.path)) continue;
    found.push_back(At(file, include.line, folder + " includes " + include.path));
  }
  return found;
}

Violations CheckPublicHeader(const SourceFile& file) {
  Violations found;
  if (LayerOf(file.path).empty()) {
    found.push_back(At(file, 1, "no layer: add the header to the table in tests/layers/rules.cc"));
  }
  static const std::regex kAllowed(R"(^([a-z_]+|std(def|int)\.h|absl/.*|dolerite/\w+\.h)$)");
  for (const Include& include : IncludesOf(file.text)) {
    if (std::regex_match(include.path, kAllowed)) continue;
    found.push_back(At(file, include.line, "shows more than Abseil: " + include.path));
  }
  return found;
}

Violations CheckMacros(const SourceFile& file) {
  static const std::regex kDefine(R"(^\s*#\s*define\s+(\w+))");
  Violations found;
  const std::vector<std::string> lines = SplitLines(CodeOnly(file.text));
  for (size_t i = 0; i < lines.size(); ++i) {
    std::smatch m;
    if (!std::regex_search(lines[i], m, kDefine)) continue;
    if (StartsWith(m[1], "DOLERITE_") || IsForeign(m[1])) continue;
    found.push_back(At(file, i + 1, "macro without DOLERITE_: " + m[1].str()));
  }
  return found;
}

// What lends the C interface's callers time, random numbers and threads: a host by itself.
bool IsHost(const std::string& path) { return path == "src/c_api/host.cc"; }

Violations CheckCalls(const SourceFile& file) {
  const std::string code = CodeOnly(file.text);
  Violations found;
  if (IsHost(file.path)) return found;
  for (const Ban& ban : Bans()) Append(Find(file, code, ban.pattern, ban.what), &found);
  return found;
}

Violations CheckText(const SourceFile& file) {
  // Put together, so that this file may pass.
  static const std::regex kUnfinished(
      "\\b(TO"
      "DO|FIX"
      "ME|XX"
      "X|HA"
      "CK)\\b");
  static const std::regex kMachine(R"((^|[^\w./}$-])/(work|root|farm|home)/)");
  Violations found = Find(file, file.text, kUnfinished, "unfinished");
  Append(Find(file, file.text, kMachine, "path of one machine"), &found);
  const size_t lines = SplitLines(file.text).size();
  if (lines > kMaxLines && !file.path.ends_with(".md"))
    found.push_back(At(file, lines, "more than 500 lines"));
  return found;
}

Violations Check(const SourceFile& file) {
  Violations found = CheckText(file);
  if (!IsLibrary(file.path)) return found;
  Append(CheckLayers(file), &found);
  Append(CheckFolders(file), &found);
  Append(CheckMacros(file), &found);
  Append(CheckCalls(file), &found);
  if (IsPublic(file.path)) Append(CheckPublicHeader(file), &found);
  return found;
}

}  // namespace dolerite::layers
