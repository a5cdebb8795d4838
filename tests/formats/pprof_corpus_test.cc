// Real and hostile files, and what others say of them.
#include <catch2/catch.hpp>
#include <map>
#include <set>
#include <sstream>

#include "dolerite/pprof.h"
#include "support/corpus.h"
#include "support/profile_equal.h"

namespace dolerite::testing {
namespace {

bool StartsWith(const std::string& text, const std::string& start) {
  return text.compare(0, start.size(), start) == 0;
}

TEST_CASE("real profiles survive writing and reading") {
  if (!CorpusPresent()) return;
  PprofReader reader;
  Profile profile, again;
  for (const std::string& name : ListCorpus("pprof")) {
    INFO(name);
    const absl::Status status = reader.Read(ReadCorpusFile(name), &profile);
    INFO(status);
    REQUIRE(status.ok());
    REQUIRE(profile.Validate().ok());
    const absl::StatusOr<std::string> written = WritePprof(profile);
    REQUIRE(written.ok());
    REQUIRE(reader.Read(*written, &again).ok());
    const bool equal = DescribeProfile(again) == DescribeProfile(profile);
    CHECK(equal);
  }
}

// "samples/count=2929 cpu/nanoseconds=29290000000" of a profile.
std::string Totals(const Profile& p) {
  std::string out;
  const size_t types = p.sample_types.size();
  for (size_t t = 0; t < types; ++t) {
    int64_t total = 0;
    for (size_t i = 0; i < p.samples.size(); ++i) total += p.samples.values[i * types + t];
    const StringTable& strings = p.symbols.strings;
    out += out.empty() ? "" : " ";
    out += strings[p.sample_types[t].type];
    out += "/";
    out += strings[p.sample_types[t].unit];
    out += "=" + std::to_string(total);
  }
  return out;
}

TEST_CASE("totals are those of google/pprof") {
  if (!CorpusPresent()) return;
  size_t checked = 0;
  for (const std::vector<std::string>& row : ReadCorpusTsv("GOLDEN.tsv")) {
    if (row.size() < 3 || row[1] != "profiles=1" || !StartsWith(row[0], "pprof/")) continue;
    INFO(row[0]);
    const absl::StatusOr<Profile> profile = ReadPprof(ReadCorpusFile(row[0]));
    REQUIRE(profile.ok());
    CHECK(Totals(*profile) == row[2]);
    CHECK("time=" + std::to_string(profile->time_nanos) == row.at(7));
    ++checked;
  }
  CHECK(checked > 10);
}

TEST_CASE("odd files are judged as google/pprof does, or better") {
  if (!CorpusPresent()) return;
  const std::map<std::string, bool> better = {
      {"field_number_zero.pb", false},  // protobuf forbids it
      {"group_wiretype.pb", true},      // protobuf allows groups
      {"gzip_bomb_200MB.pb.gz", false},
      {"zstd.pb.zst", true},
  };
  for (const std::vector<std::string>& row : ReadCorpusTsv("edge/EXPECTED.tsv")) {
    if (row[0] == "file") continue;
    const auto exception = better.find(row[0]);
    const bool expected = exception == better.end() ? row[1] == "ok" : exception->second;
    const absl::StatusOr<Profile> profile = ReadPprof(ReadCorpusFile("edge/" + row[0]));
    INFO(row[0] << ": " << profile.status());
    CHECK(profile.ok() == expected);
    if (profile.ok() && row[1] == "ok") CHECK(std::to_string(profile->samples.size()) == row[2]);
  }
}

TEST_CASE("hostile files get the verdict of their manifest") {
  if (!CorpusPresent()) return;
  size_t checked = 0;
  for (const std::vector<std::string>& row : ReadCorpusTsv("bad/MANIFEST.tsv")) {
    if (std::set<char>{'p', 'z', 's', 'g'}.count(row[0][0]) == 0 || row[0] == "name") continue;
    const absl::Status status = ReadPprof(ReadCorpusFile("bad/" + row[0])).status();
    INFO(row[0] << ": " << status);
    if (row[3] == "accept") CHECK(status.ok());
    if (row[3] == "reject") CHECK(absl::IsInvalidArgument(status));
    if (row[3] == "limit") CHECK(absl::IsResourceExhausted(status));
    ++checked;
  }
  CHECK(checked > 50);
}

TEST_CASE("legacy formats are refused by name") {
  if (!CorpusPresent()) return;
  for (const std::string& name : ListCorpus("pprof-legacy")) {
    const absl::Status status = ReadPprof(ReadCorpusFile(name)).status();
    INFO(name << ": " << status);
    CHECK(absl::IsInvalidArgument(status));
    CHECK(std::string(status.message()).find("legacy") != std::string::npos);
  }
}

}  // namespace
}  // namespace dolerite::testing
