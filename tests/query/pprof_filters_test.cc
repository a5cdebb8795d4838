// Stack and tag filters against google/pprof's own, on real profiles.
#include <map>
#include <set>
#include <sstream>

#include "dolerite/top.h"
#include "query/naive.h"
#include "support/go_tool.h"

namespace dolerite::testing {
namespace {

using Rows = std::map<std::string, std::pair<int64_t, int64_t>>;  // flat and cum by name

// Filters as options of google/pprof and as a selection.
struct Filter {
  std::string options;
  Selection selection;

  Filter& Add(const std::string& name, std::string Selection::*field, const std::string& value) {
    options += " '-" + name + "=" + value + "'";
    selection.*field = value;
    return *this;
  }
  Filter& Add(const std::string& name, std::string StackFilter::*field, const std::string& value) {
    options += " '-" + name + "=" + value + "'";
    selection.stacks.*field = value;
    return *this;
  }
};

// The profile as google/pprof shall take it: nothing that it drops by itself, and plain numbers.
void MakePlain(Profile* profile) {
  profile->drop_frames = profile->keep_frames = {};
  profile->samples.link.clear();
  const StringId unit = profile->symbols.strings.Add("count");
  for (ValueType& type : profile->sample_types) type.unit = unit;
}

std::string PatternOf(std::string_view name) {
  std::string pattern(name.substr(name.size() > 24 ? name.size() - 24 : 0));
  for (char& c : pattern) c = std::isalnum(static_cast<unsigned char>(c)) ? c : '.';
  return pattern;
}

// Reads what `pprof -top` prints: flat, flat%, sum%, cum, cum%, name.
Rows ParseTop(const std::string& text) {
  Rows rows;
  std::istringstream lines(text);
  bool begun = false;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream fields(line);
    std::string flat, cum, ignored, name;
    fields >> flat >> ignored >> ignored >> cum >> ignored >> std::ws;
    std::getline(fields, name);
    if (begun) {
      for (const std::string inlined : {" (inline)", " (partial-inline)"}) {
        if (name.ends_with(inlined)) name.resize(name.size() - inlined.size());
      }
      if (name == "<unknown>") name = "[unknown]";
      if (flat == "0" && cum == "0") continue;
      rows[name].first += std::stoll(flat), rows[name].second += std::stoll(cum);
    }
    begun = begun || (flat == "flat" && cum == "cum");
  }
  return rows;
}

Rows OurTop(const Tree& tree) {
  Rows rows;
  for (const TopRow& row : Top(tree)) {
    if (row.flat[0] == 0 && row.cum[0] == 0) continue;
    rows[row.name] = {row.flat[0], row.cum[0]};
  }
  return rows;
}

// By what the profile itself has: heavy functions, its binaries, a few of a kind.
std::vector<Filter> StackFilters(const Profile& profile, const Tree& tree) {
  std::vector<TopRow> top = Top(tree);
  const std::string flat = PatternOf(top.at(0).name);
  std::sort(top.begin(), top.end(),
            [](const TopRow& a, const TopRow& b) { return a.cum[0] > b.cum[0]; });
  const std::string heavy = PatternOf(top.at(top.size() / 8).name);
  const std::string middle = PatternOf(top.at(top.size() / 3).name);
  const std::string other = PatternOf(top.at(top.size() / 5).name);
  std::string binary = "nothing";
  if (profile.symbols.mappings.size() > 1) {
    binary = PatternOf(profile.symbols.strings[profile.symbols.mappings.file.back()]) + "$";
  }
  using S = StackFilter;
  return {Filter().Add("focus", &S::focus, heavy + "|" + flat).Add("hide", &S::hide, other),
          Filter().Add("ignore", &S::ignore, heavy),
          Filter().Add("hide", &S::hide, flat + "|" + binary),
          Filter().Add("show", &S::show, "^[a-mA-M_]|" + heavy),
          Filter().Add("show_from", &S::show_from, middle + "|" + heavy),
          Filter()
              .Add("focus", &S::focus, "[aeiou]n")
              .Add("ignore", &S::ignore, middle)
              .Add("hide", &S::hide, "^runtime|alloc")
              .Add("show_from", &S::show_from, heavy + "|" + other)};
}

// For the first text label and the first numbers that samples have.
std::vector<Filter> TagFilters(const Profile& profile) {
  using S = Selection;
  const Symbols& s = profile.symbols;
  std::vector<Filter> filters;
  std::set<AttributeKind> met;
  for (AttributeSetId set : profile.samples.attributes) {
    for (const AttributeId* l = s.attribute_sets.begin(set.value);
         l != s.attribute_sets.end(set.value); ++l) {
      if (!met.insert(s.attributes.kind[l->value]).second) continue;
      const std::string key(s.strings[s.attributes.key[l->value]]);
      const uint64_t value = s.attributes.value[l->value];
      if (s.attributes.kind[l->value] == AttributeKind::kString) {
        const std::string text = PatternOf(s.strings[{static_cast<uint32_t>(value)}]);
        filters.push_back(Filter().Add("tagfocus", &S::tag_focus, key + "=" + text));
        filters.push_back(Filter().Add("tagignore", &S::tag_ignore, text + "," + key + ":"));
      } else if (key == "bytes") {
        const std::string bytes = std::to_string(value);
        filters.push_back(Filter().Add("tagfocus", &S::tag_focus, "bytes=" + bytes + "b:64kb"));
        filters.push_back(Filter().Add("tagfocus", &S::tag_focus, bytes + "bytes"));
        filters.push_back(Filter()
                              .Add("tagignore", &S::tag_ignore, ":1kb")
                              .Add("tagfocus", &S::tag_focus, "32b:"));
      } else {
        const std::string number = std::to_string(value);
        filters.push_back(Filter().Add("tagfocus", &S::tag_focus, key + "=" + number));
        filters.push_back(Filter().Add("tagignore", &S::tag_ignore, number + ":"));
      }
    }
  }
  return filters;
}

class PprofTest {
 public:
  void Check(const std::string& file) {
    INFO(file);
    absl::StatusOr<Profile> profile = ReadPprof(ReadCorpusFile(file));
    REQUIRE(profile.ok());
    MakePlain(&*profile);
    const absl::StatusOr<std::string> bytes = WritePprof(*profile);
    REQUIRE(bytes.ok());
    sandbox_.Write("profile.pb.gz", *bytes);
    const std::vector<std::string> blocks = {Build({{{{"kind", "any"}}, *profile}})};
    Count(*profile);
    const Tree whole = Ask(blocks, {.kinds = {}});
    std::vector<Filter> filters = StackFilters(*profile, whole);
    for (Filter& filter : TagFilters(*profile)) filters.push_back(std::move(filter));
    for (const Filter& filter : filters) CheckFilter(*profile, blocks, OurTop(whole), filter);
    ++profiles;
  }

  size_t profiles = 0, filters = 0, cut = 0, with_inlined = 0, without_symbols = 0;

 private:
  void Count(const Profile& profile) {
    bool inlined = false, no_symbols = false;
    for (size_t l = 0; l < profile.symbols.locations.size(); ++l) {
      inlined |= profile.symbols.locations.lines.length(l) > 1;
      no_symbols |= profile.symbols.locations.lines.length(l) == 0;
    }
    with_inlined += inlined, without_symbols += no_symbols;
  }

  void CheckFilter(const Profile& profile, const std::vector<std::string>& blocks,
                   const Rows& whole, const Filter& filter) {
    INFO(filter.options);
    const size_t type = profile.default_type_index();
    std::string output;
    REQUIRE(sandbox_.Run("go tool pprof -symbolize=none -functions -unit=minimum -trim=false "
                         "-nodecount=1000000 -sample_index=" +
                             std::to_string(type) + filter.options + " -top profile.pb.gz",
                         &output) == 0);
    const Rows theirs = ParseTop(output),
               ours = OurTop(Ask(blocks, {.selection = filter.selection, .kinds = {}}));
    CHECK(ours.size() == theirs.size());
    std::string other;
    for (const auto& [name, row] : ours) {
      const auto at = theirs.find(name);
      if (at == theirs.end() || at->second != row) other = name;
    }
    CHECK(other == "");
    ++filters, cut += !ours.empty() && ours != whole;
  }

  GoSandbox sandbox_;
};

TEST_CASE("real profiles: filters leave what google/pprof's leave") {
  if (!CorpusPresent() || !GoCan("go tool -n pprof")) return;
  PprofTest test;
  for (const char* file : {"pprof/UnownHash_Golbat__2eb1de3a__default.pgo",
                           "pprof/DataDog_libdatadog__70b7c9e1__wordpress.pprof",
                           "pprof/prometheus_prometheus__a22d2a56__prom-2.47-rc.0-cpu.pprof.gz",
                           "pprof/parca-dev_parca__31a98e73__alloc_objects.pb.gz",
                           "pprof/ConductorOne_baton-sdk__069cbf1f__mem.prof",
                           "pprof/parca-dev_parca__3143e360__profile-with-labels.pb.gz",
                           "pprof/dpsoft_perf-agent__4ebf08b7__profile.pb.gz",
                           "pprof/felixge_pprofutils__f0454e71__labelframes.in.pprof",
                           "pprof/MakieOrg_SwarmMakie.jl__898f8750__profile.pb.gz",
                           "pprof/google_pprof__266fd70b__cppbench.cpu_no_samples_type",
                           "pprof/tikv_pprof-rs__97e7cf22__profile.pb"}) {
    test.Check(file);
  }
  for (const char* kind : {"cpu", "heap"}) {
    for (const std::string& file : ListCorpus("series/checkout/v1.6.0")) {
      if (file.find(kind) == std::string::npos) continue;
      test.Check(file);
      break;
    }
  }
  CHECK(test.profiles == 13);
  CHECK(test.with_inlined > 5);
  CHECK(test.without_symbols > 0);
  CHECK(test.filters > 75);
  CHECK(test.cut > test.filters / 2);
}

}  // namespace
}  // namespace dolerite::testing
