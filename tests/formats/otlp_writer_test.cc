// What is written says the same when it is read again.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "base/utf8.h"
#include "dolerite/otlp.h"
#include "dolerite/pprof.h"
#include "support/corpus.h"
#include "support/generate.h"
#include "support/profile_equal.h"
#include "support/share.h"
#include "support/source_dir.h"

namespace dolerite::testing {
namespace {

// The order of mappings means nothing where profiles share a dictionary.
std::vector<std::string> DescribeSorted(const std::vector<SeriesProfile>& profiles) {
  std::vector<std::string> out;
  for (const SeriesProfile& p : profiles) {
    std::istringstream text(p.series.ToString() + "\n" + DescribeProfile(p.profile));
    std::vector<std::string> lines;
    for (std::string line; std::getline(text, line);) lines.push_back(line);
    const auto is_mapping = [](const std::string& l) { return l.compare(0, 8, "mapping ") == 0; };
    const auto first = std::find_if(lines.begin(), lines.end(), is_mapping);
    std::sort(first, std::find_if_not(first, lines.end(), is_mapping));
    std::string& sorted = out.emplace_back();
    for (const std::string& line : lines) sorted += line + "\n";
  }
  return out;
}

std::vector<SeriesProfile> MustRead(std::string_view bytes, OtlpReadReport* report = nullptr) {
  const absl::StatusOr<std::vector<SeriesProfile>> profiles = ReadOtlp(bytes, {}, report);
  INFO(profiles.status());
  REQUIRE(profiles.ok());
  for (const SeriesProfile& p : *profiles) REQUIRE(p.profile.Validate().ok());
  return *profiles;
}

std::string MustWrite(const std::vector<SeriesProfile>& profiles) {
  const absl::StatusOr<std::string> bytes = WriteOtlp(profiles);
  INFO(bytes.status());
  REQUIRE(bytes.ok());
  return *bytes;
}

TEST_CASE("real messages survive writing and reading") {
  if (!CorpusPresent()) return;
  for (const char* folder : {"otlp", "otlp-derived"}) {
    for (const std::string& name : ListCorpus(folder)) {
      if (name.find("jsonl") != std::string::npos) continue;
      INFO(name);
      const std::vector<SeriesProfile> profiles = MustRead(ReadCorpusFile(name));
      OtlpReadReport report;
      const std::vector<SeriesProfile> again = MustRead(MustWrite(profiles), &report);
      CHECK((DescribeSorted(again) == DescribeSorted(profiles)));
      CHECK(report.unknown_fields == 0);
      CHECK(report.null_entries_ignored == 0);
    }
  }
}

// Samples of one stack and one set of labels summed: OTLP has each once.
std::multimap<std::string, std::vector<int64_t>> Sums(const Profile& profile) {
  std::map<std::string, std::vector<int64_t>> sums;
  Profile one = profile;
  const size_t types = profile.sample_types.size();
  for (size_t i = 0; i < profile.samples.size(); ++i) {
    one.samples = Samples();
    one.samples.stack = {profile.samples.stack[i]};
    one.samples.attributes = {profile.samples.attributes[i]};
    if (!profile.samples.link.empty()) one.samples.link = {profile.samples.link[i]};
    one.samples.values.assign(types, 0);
    std::string text = DescribeProfile(one);
    std::vector<int64_t>& sum = sums[text.substr(text.find("\nsample "))];
    sum.resize(types);
    for (size_t t = 0; t < types; ++t) sum[t] += profile.samples.values[i * types + t];
  }
  return {sums.begin(), sums.end()};
}

// All but samples, mappings that say nothing, and those that say what one before them does.
std::string DescribeRest(Profile profile) {
  profile.samples = Samples();
  std::istringstream lines(DescribeProfile(profile));
  std::set<std::string> mappings = {"mapping ( 0 0 0\"\"\"\" 0{} 0)"};
  std::string text;
  for (std::string line; std::getline(lines, line);) {
    const bool is_mapping = line.compare(0, 8, "mapping ") == 0;
    if (!is_mapping || mappings.insert(line).second) text += line + "\n";
  }
  return text;
}

TEST_CASE("pprof goes through OTLP and back") {
  if (!CorpusPresent()) return;
  size_t at = 0;
  for (const std::string& name : ListCorpus("pprof")) {
    if (at++ % testing::ShareDivisor() != 0) continue;
    const absl::StatusOr<Profile> profile = ReadPprof(ReadCorpusFile(name));
    REQUIRE(profile.ok());
    INFO(name);
    const std::vector<SeriesProfile> back =
        MustRead(MustWrite({{LabelSet{{"service_name", "svc"}}, *profile}}));
    REQUIRE(back.size() == 1);
    CHECK(back[0].series == LabelSet{{"service_name", "svc"}});
    const absl::StatusOr<std::string> written = WritePprof(back[0].profile);
    REQUIRE(written.ok());
    const absl::StatusOr<Profile> again = ReadPprof(*written);
    REQUIRE(again.ok());
    CHECK(DescribeRest(*again) == DescribeRest(*profile));
    CHECK((Sums(*again) == Sums(*profile)));
  }
}

// Values of the kinds that OTLP has: generated structured ones are not encoded values.
void MakeValid(Profile* p) {
  Attributes& l = p->symbols.attributes;
  const StringId list = p->symbols.strings.Add(std::string("\x2a\x06\x0a\x04\x0a\x02hi", 8));
  for (size_t i = 0; i < l.size(); ++i) {
    if (l.kind[i] == AttributeKind::kStructured) l.value[i] = list.value;
  }
}

TEST_CASE("writing what was read changes nothing, whatever the profile") {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    INFO(seed);
    GenerateOptions options;
    options.sample_types = 1 + seed % 3;
    SeriesProfile p{GenerateSeries(seed), GenerateProfile(seed, options)};
    MakeValid(&p.profile);
    const std::vector<SeriesProfile> first = MustRead(MustWrite({p, p}));
    const std::vector<SeriesProfile> second = MustRead(MustWrite(first));
    REQUIRE(first.size() >= 2);
    CHECK((DescribeSorted(second) == DescribeSorted(first)));
  }
}

TEST_CASE("one profile keeps its sample types, header and attributes") {
  for (uint64_t seed = 0; seed < 100; ++seed) {
    INFO(seed);
    GenerateOptions options;
    options.sample_types = 1 + seed % 3;
    Profile p = GenerateProfile(seed, options);
    p.samples = Samples();
    MakeValid(&p);
    const std::vector<SeriesProfile> back = MustRead(MustWrite({{LabelSet(), p}}));
    REQUIRE(back.size() == 1);
    const Profile& got = back[0].profile;
    CHECK(got.sample_types.size() == p.sample_types.size());
    CHECK(got.id == p.id);
    CHECK(got.payload == p.payload);
    CHECK(got.comments.size() == p.comments.size());
    CHECK(got.unknown_fields == p.unknown_fields);
    CHECK(got.dropped_attributes == p.dropped_attributes);
    CHECK(got.symbols.mappings.size() == p.symbols.mappings.size());
    CHECK(got.symbols.attribute_sets.length(got.attributes.value) ==
          p.symbols.attribute_sets.length(p.attributes.value));
  }
}

// A message in the text form of protoc, from a description of the format written for it.
std::string DecodeWithProtoc(const std::string& bytes) {
  namespace fs = std::filesystem;
  const fs::path dir = fs::temp_directory_path() / "dolerite_otlp_protoc";
  fs::create_directories(dir);
  std::ofstream(dir / "message", std::ios::binary) << bytes;
  const std::string command = "cd '" + dir.string() + "' && protoc --proto_path='" + SourceDir() +
                              "/tests/formats' --decode=otlp.ProfilesData otlp_profiles.proto "
                              "< message > text 2> errors";
  if (std::system(command.c_str()) != 0) return "";
  std::ostringstream text;
  text << std::ifstream(dir / "text").rdbuf();
  fs::remove_all(dir);
  return text.str();
}

// A profile with text that is not UTF-8 wherever OTLP has text.
SeriesProfile BadTexts() {
  const std::string bad = "caf\xe9", half = "x\xf0\x9f";
  SeriesProfile p;
  p.series.Set("service_name", bad);
  Symbols& s = p.profile.symbols;
  StringTable& strings = s.strings;
  const StringId name = strings.Add(bad), key = strings.Add(half);
  const FunctionId function = s.AddFunction(name, name, key, 1);
  const MappingId mapping = s.AddMapping(1, 2, 0, name, key);
  s.locations.lines.items.push_back({function, 1, 0});
  s.AddLocation(mapping, 1);
  s.AddAttribute(key, AttributeKind::kString, name.value, name);
  s.attribute_sets.items.push_back({0});
  s.attribute_sets.Close();
  p.profile.attributes = {1};
  p.profile.sample_types = {{name, key}};
  p.profile.comments = {name};
  p.profile.drop_frames = key;
  p.profile.payload_format = name;
  p.profile.payload = bad;
  p.profile.stacks.items.push_back({0});
  p.profile.stacks.Close();
  p.profile.samples.stack = {{1}};
  p.profile.samples.attributes = {{0}};
  p.profile.samples.values = {7};
  return p;
}

TEST_CASE("text that is not UTF-8 is replaced and counted") {
  const SeriesProfile before = BadTexts();
  REQUIRE(before.profile.Validate().ok());
  uint64_t dropped = 0;
  const absl::StatusOr<std::string> bytes = WriteOtlp({{before}}, {}, &dropped);
  REQUIRE(bytes.ok());
  CHECK(dropped == 2);  // two texts, however often they are used
  const SeriesProfile after = MustRead(*bytes).at(0);
  const std::string cafe = "caf\xef\xbf\xbd", x = "x\xef\xbf\xbd";
  CHECK(after.series.Get("service_name") == cafe);
  const Symbols& s = after.profile.symbols;
  REQUIRE(s.functions.size() == 2);
  CHECK(s.strings[s.functions.name[1]] == cafe);
  CHECK(s.strings[s.functions.file[1]] == x);
  CHECK(s.strings[s.mappings.file[1]] == cafe);
  CHECK(after.profile.payload == before.profile.payload);  // bytes are no text
  for (uint32_t row = 0; row < s.strings.size(); ++row) CHECK(IsUtf8(s.strings[StringId{row}]));
  // Reading it anew changes nothing more.
  CHECK(*WriteOtlp({{after}}, {}, &dropped) == *WriteOtlp({{MustRead(*bytes).at(0)}}));
  CHECK(dropped == 0);
}

TEST_CASE("real names that are not UTF-8 are written as text") {
  if (!CorpusPresent()) return;
  const absl::StatusOr<Profile> p = ReadPprof(ReadCorpusFile("faults/names.pb.gz"));
  REQUIRE(p.ok());
  uint64_t dropped = 0;
  const absl::StatusOr<std::string> bytes = WriteOtlp({{SeriesProfile{{}, *p}}}, {}, &dropped);
  REQUIRE(bytes.ok());
  CHECK(dropped > 0);
  const Symbols s = MustRead(*bytes).at(0).profile.symbols;
  for (uint32_t row = 0; row < s.strings.size(); ++row) CHECK(IsUtf8(s.strings[StringId{row}]));
}

TEST_CASE("protoc reads what is written, and finds nothing unknown") {
  if (std::system("protoc --version > /dev/null 2>&1") != 0) {
    WARN("skipped: there is no protoc");
    return;
  }
  for (uint64_t seed = 0; seed < 4; ++seed) {
    Profile p = GenerateProfile(seed);
    MakeValid(&p);
    const std::string text = DecodeWithProtoc(MustWrite({{GenerateSeries(seed), p}}));
    std::istringstream lines(text);
    size_t samples = 0, unknown = 0;
    for (std::string line; std::getline(lines, line);) {
      const size_t at = line.find_first_not_of(' ');
      if (at == std::string::npos) continue;
      samples += line.compare(at, 9, "samples {") == 0;
      unknown += line[at] >= '0' && line[at] <= '9';
    }
    CHECK(samples == p.samples.size() * p.sample_types.size());
    CHECK(unknown == 0);
  }
}

}  // namespace
}  // namespace dolerite::testing
