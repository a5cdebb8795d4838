// Where do the bytes of a block go? Symbols are counted beside those of the profiles: there,
// the Mapping, Location and Function messages with their keys and lengths, and of the string
// table what these refer to; here, the sections "symbols" and "addresses" (with the strings of
// labels too). The stack tree is counted by node.
#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <protozero/pbf_reader.hpp>

#include "dolerite/block_reader.h"
#include "dolerite/pprof.h"
#include "support/series.h"
#include "support/table.h"

namespace {

using namespace dolerite;
using namespace dolerite::bench;

size_t FieldBytes(size_t size) {  // with key (1 byte) and length
  size_t bytes = size + 2;
  for (size_t rest = size >> 7; rest > 0; rest >>= 7) ++bytes;
  return bytes;
}

size_t MessageBytes(const std::string& raw) {
  constexpr int kMapping = 3, kLocation = 4, kFunction = 5;
  size_t bytes = 0;
  for (protozero::pbf_reader in(raw); in.next();) {
    const auto tag = in.tag();
    if (tag == kMapping || tag == kLocation || tag == kFunction) {
      bytes += FieldBytes(in.get_view().size());
    } else {
      in.skip();
    }
  }
  return bytes;
}

size_t StringBytes(const Profile& profile) {
  const Symbols& symbols = profile.symbols;
  std::set<std::string_view> strings;
  const auto add = [&](const std::vector<StringId>& column) {
    for (StringId id : column) strings.insert(symbols.strings[id]);
  };
  add(symbols.functions.name);
  add(symbols.functions.system_name);
  add(symbols.functions.file);
  add(symbols.mappings.file);
  add(symbols.mappings.build_id);
  size_t bytes = 0;
  for (std::string_view string : strings) bytes += FieldBytes(string.size());
  return bytes;
}

struct Sections {
  std::map<std::string, uint64_t> stored;
  uint64_t stack_nodes = 0;
};

Sections Measure(const std::string& block) {
  Sections sections;
  uint64_t sum = 0;
  for (const ColumnUsage& column : Must(Must(BlockReader::FromBytes(block)).Usage())) {
    sections.stored[column.section] += column.stored;
    sum += column.stored;
    if (column.section == "stacks") {
      sections.stack_nodes = std::max(sections.stack_nodes, column.rows);
    }
  }
  Require(sum == block.size(), "sections do not sum to the block");
  return sections;
}

void PrintSymbols(const Series& series, const Sections& block) {
  size_t raw = 0;
  const std::vector<Profile> profiles = ReadProfiles(series.sources);
  for (size_t i = 0; i < profiles.size(); ++i) {
    raw += MessageBytes(series.sources[i].raw) + StringBytes(profiles[i]);
  }
  const auto stored = [&](const char* name) {
    const auto at = block.stored.find(name);
    return at == block.stored.end() ? 0.0 : double(at->second);
  };
  const double symbols = stored("symbols") + stored("addresses");
  Print({series.name + ", symbol bytes", Bytes(symbols), "in raw pprof: " + Bytes(double(raw)),
         Text("%.2f%% less", 100 - 100 * symbols / double(raw)), "99.5% less"});
  Print({series.name + ", bytes a stack node",
         Text("%.2f", stored("stacks") / double(block.stack_nodes)),
         Count(double(block.stack_nodes)) + " nodes", "-", "0.9"});
}

void PrintSections(const Series& series, const Sections& block, size_t bytes) {
  for (const auto& [name, stored] : block.stored) {
    Print({series.name + ", section " + name, Bytes(double(stored)),
           Bytes(double(bytes)) + " in all",
           Text("%.1f%%", 100.0 * double(stored) / double(bytes))});
  }
}

}  // namespace

int main() {
  for (const Series& series : AllSeries()) {
    Title("Parts of a block: " + series.name + "");
    const std::string block = BuildBlock(series.sources);
    const Sections sections = Measure(block);
    PrintSymbols(series, sections);
    PrintSections(series, sections, block.size());
  }
}
