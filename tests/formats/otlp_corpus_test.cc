// Real messages in every layout, and hostile ones.
#include <catch2/catch.hpp>
#include <map>

#include "dolerite/block_builder.h"
#include "dolerite/block_reader.h"
#include "dolerite/otlp.h"
#include "support/corpus.h"
#include "support/generate.h"
#include "support/profile_equal.h"

namespace dolerite::testing {
namespace {

std::vector<SeriesProfile> ReadFile(const std::string& name, OtlpReadReport* report = nullptr) {
  const absl::StatusOr<std::vector<SeriesProfile>> profiles =
      ReadOtlp(ReadCorpusFile(name), {}, report);
  INFO(name << ": " << profiles.status());
  REQUIRE(profiles.ok());
  for (const SeriesProfile& p : *profiles) REQUIRE(p.profile.Validate().ok());
  return *profiles;
}

// "1.7" of "otlp-derived/sigprofiling_k8s.layout-1.7.0.otlp".
std::string LayoutOf(const std::string& name) {
  const std::string layout = name.substr(name.find("layout-") + 7, 4);
  return layout == "1.10" ? "1.11" : layout.substr(0, 3);
}

TEST_CASE("the same content comes out of every layout") {
  if (!CorpusPresent()) return;
  const std::map<std::string, std::string> originals = {
      {"sigprofiling_k8s", "otlp/open-telemetry_sig-profiling__0e44044d__k8s.otlp"},
      {"sigprofiling_profile", "otlp/open-telemetry_sig-profiling__84ead9d1__profile.otlp"}};
  size_t checked = 0;
  for (const std::string& name : ListCorpus("otlp-derived")) {
    INFO(name);
    OtlpReadReport report;
    const std::vector<SeriesProfile> profiles = ReadFile(name, &report);
    // Profiles without ids, attributes and payloads are the same in 1.8 and 1.9.
    const std::string layout(OtlpLayoutName(report.layout));
    CHECK((layout == LayoutOf(name) || (layout == "1.9" && LayoutOf(name) == "1.8")));
    CHECK(report.null_entries_ignored == 0);
    for (const auto& [stem, original] : originals) {
      if (name.find(stem) == std::string::npos) continue;
      const std::vector<std::string> got = DescribeAll(profiles);
      const std::vector<std::string> expected = DescribeAll(ReadFile(original, &report));
      CHECK(report.layout == OtlpLayout::k1_8);
      REQUIRE(got.size() == expected.size());
      CHECK((got == expected));
      ++checked;
    }
  }
  CHECK(checked == 9);
}

TEST_CASE("a layout that was given is taken") {
  if (!CorpusPresent()) return;
  OtlpReadOptions options;
  options.layout = OtlpLayout::k1_9;
  OtlpReadReport report;
  const std::string bytes = ReadCorpusFile("otlp-derived/sigprofiling_k8s.layout-1.9.0.otlp");
  REQUIRE(ReadOtlp(bytes, options, &report).ok());
  CHECK(report.layout == OtlpLayout::k1_9);
  options.layout = OtlpLayout::k1_11;
  const auto wrong = ReadOtlp(bytes, options, &report);
  // Values become attributes: nothing can tell, unless one is out of range.
  CHECK(report.layout != OtlpLayout::k1_9);
}

TEST_CASE("hostile messages get the verdict of their manifest") {
  if (!CorpusPresent()) return;
  size_t checked = 0;
  for (const std::vector<std::string>& row : ReadCorpusTsv("bad/MANIFEST.tsv")) {
    if (row[0][0] != 'o') continue;
    const std::string bytes = ReadCorpusFile("bad/" + row[0]);
    const absl::Status status = ReadOtlp(bytes).status();
    INFO(row[0] << ": " << status);
    if (row[3] == "accept") CHECK(status.ok());
    if (row[3] == "reject") CHECK(absl::IsInvalidArgument(status));
    if (row[3] == "limit") CHECK(absl::IsResourceExhausted(status));
    OtlpReadOptions sound;
    sound.take_sound = true;
    OtlpReadReport report;
    const absl::Status partial = ReadOtlp(bytes, sound, &report).status();
    CHECK(partial.ok() == !absl::IsResourceExhausted(status));
    CHECK((report.refused > 0) == absl::IsInvalidArgument(status));
    ++checked;
  }
  CHECK(checked > 40);
}

// A report as a text.
std::string TextOf(const OtlpReadReport& r) {
  std::string out(OtlpLayoutName(r.layout));
  for (uint64_t n :
       {r.messages, r.profiles_joined, r.samples_combined, r.unknown_fields, r.null_entries_ignored,
        r.mappings_dropped, r.temporalities_dropped, r.refused, r.profiles_refused}) {
    out += " " + std::to_string(n);
  }
  for (const OtlpRefusal& refusal : r.refusals) out += "\n" + refusal.path;
  return out;
}

TEST_CASE("a reader that keeps its buffers reads each message as a new one does") {
  if (!CorpusPresent()) return;
  std::vector<std::string> names = ListCorpus("otlp");
  for (const std::string& name : ListCorpus("otlp-derived")) names.push_back(name);
  for (const std::vector<std::string>& row : ReadCorpusTsv("bad/MANIFEST.tsv")) {
    if (row[0][0] == 'o') names.insert(names.begin() + names.size() / 2, "bad/" + row[0]);
  }
  OtlpReadOptions options;
  options.take_sound = GENERATE(false, true);
  OtlpReader reader(options);
  for (const std::string& name : names) {
    INFO(name);
    const std::string bytes = ReadCorpusFile(name);
    OtlpReadReport report;
    const auto expected = ReadOtlp(bytes, options, &report);
    const auto got = reader.Read(bytes);
    REQUIRE(got.status() == expected.status());
    CHECK(TextOf(reader.report()) == TextOf(report));
    if (got.ok()) CHECK((DescribeAll(*got) == DescribeAll(*expected)));
  }
}

TEST_CASE("a block keeps what a message says") {
  if (!CorpusPresent()) return;
  for (const char* name : {"otlp/open-telemetry_sig-profiling__0e44044d__k8s.otlp",
                           "otlp-derived/elastic_profiles.layout-1.10.0.framed.otlp"}) {
    INFO(name);
    std::vector<std::string> expected, got;
    BlockBuilder builder = *BlockBuilder::Make();
    for (const SeriesProfile& p : ReadFile(name)) {
      REQUIRE(builder.Add(p.series, p.profile).ok());
      expected.push_back(p.series.ToString() + DescribeStored(p.profile));
    }
    const absl::StatusOr<std::string> block = std::move(builder).Finish();
    REQUIRE(block.ok());
    const auto reader = BlockReader::FromBytes(*block);
    REQUIRE(reader.ok());
    const auto listing = reader->ListProfiles();
    REQUIRE(listing.ok());
    for (const ProfileSummary& summary : listing->profiles) {
      const absl::StatusOr<Profile> profile = reader->ReadProfile(summary.index);
      REQUIRE(profile.ok());
      got.push_back(summary.series->ToString() + DescribeStored(*profile));
    }
    std::sort(expected.begin(), expected.end());
    std::sort(got.begin(), got.end());
    CHECK(got.size() == expected.size());
    CHECK((got == expected));
  }
}

}  // namespace
}  // namespace dolerite::testing
