// Which format a file is taken for.
#include <catch2/catch.hpp>

#include "dolerite/formats.h"
#include "dolerite/otlp.h"
#include "dolerite/pprof.h"
#include "formats/wire/inflate.h"
#include "support/corpus.h"
#include "support/generate.h"

namespace dolerite::testing {
namespace {

using namespace std::string_view_literals;

void CheckFolder(const std::string& folder, ProfileFormat expected) {
  for (const std::string& name : ListCorpus(folder)) {
    if (name.ends_with(".tsv")) continue;
    INFO(name);
    const ProfileFormat found = DetectProfileFormat(ReadCorpusFile(name));
    CHECK(found == expected);
  }
}

// A message in a frame of its own.
std::string Framed(const std::string& message) {
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8) {
    out += static_cast<char>(message.size() >> shift);
  }
  return out + message;
}

TEST_CASE("real files are taken for what they are") {
  if (!CorpusPresent()) return;
  CheckFolder("pprof", ProfileFormat::kPprof);
  CheckFolder("series", ProfileFormat::kPprof);
  CheckFolder("otlp", ProfileFormat::kOtlp);
  CheckFolder("otlp-derived", ProfileFormat::kOtlp);
}

TEST_CASE("what one reader takes is not given to the other") {
  if (!CorpusPresent()) return;
  size_t pprof = 0, otlp = 0;
  for (const std::string folder : {"edge", "bad", "pprof-legacy", "folded", "jfr"}) {
    for (const std::string& name : ListCorpus(folder)) {
      INFO(name);
      const std::string bytes = ReadCorpusFile(name);
      const ProfileFormat found = DetectProfileFormat(bytes);
      if (ReadPprof(bytes).ok()) {
        CHECK(found == ProfileFormat::kPprof);
        ++pprof;
      } else if (const auto read = ReadOtlp(bytes); read.ok() && !read->empty()) {
        CHECK(found == ProfileFormat::kOtlp);
        ++otlp;
      }
    }
  }
  CHECK(pprof > 50);
  CHECK(otlp > 10);
}

TEST_CASE("broken files go to the reader that can say what is wrong") {
  if (!CorpusPresent()) return;
  for (const std::string& name : ListCorpus("pprof-legacy")) {
    INFO(name);
    CHECK(DetectProfileFormat(ReadCorpusFile(name)) != ProfileFormat::kOtlp);
  }
  for (const std::vector<std::string>& row : ReadCorpusTsv("bad/MANIFEST.tsv")) {
    if (row[0] == "name") continue;  // the heading
    INFO(row[0]);
    const ProfileFormat found = DetectProfileFormat(ReadCorpusFile("bad/" + row[0]));
    if (row[1].starts_with("otlp")) CHECK(found == ProfileFormat::kOtlp);
    if (row[1].starts_with("pprof")) CHECK(found != ProfileFormat::kOtlp);
  }
}

TEST_CASE("what the library writes is recognised, however it is packed") {
  for (uint64_t seed = 0; seed < 50; ++seed) {
    INFO(seed);
    GenerateOptions options;
    options.samples = seed % 5;
    SeriesProfile profile{GenerateSeries(seed), GenerateProfile(seed, options)};
    profile.profile.unknown_fields.clear();  // these are no fields
    const absl::StatusOr<std::string> otlp = WriteOtlp({{profile}});
    const absl::StatusOr<std::string> pprof = WritePprof(profile.profile, {.gzip = false});
    REQUIRE(otlp.ok());
    INFO(pprof.status());
    REQUIRE(pprof.ok());
    CHECK(DetectProfileFormat(*pprof) == ProfileFormat::kPprof);
    CHECK(DetectProfileFormat(*Gzip(*pprof, 1)) == ProfileFormat::kPprof);
    CHECK(DetectProfileFormat(*otlp) == ProfileFormat::kOtlp);
    CHECK(DetectProfileFormat(*Gzip(*otlp, 1)) == ProfileFormat::kOtlp);
    CHECK(DetectProfileFormat(Framed(*otlp)) == ProfileFormat::kOtlp);
    CHECK(DetectProfileFormat(Framed("") + Framed(*otlp)) == ProfileFormat::kOtlp);
  }
}

TEST_CASE("a file that was cut off is never taken for the other format") {
  SeriesProfile profile{GenerateSeries(1), GenerateProfile(1)};
  profile.profile.unknown_fields.clear();
  const std::string otlp = *WriteOtlp({{profile}});
  const std::string pprof = *WritePprof(profile.profile, {.gzip = false});
  for (size_t size = 0; size < otlp.size(); ++size) {
    INFO(size);
    const ProfileFormat found = DetectProfileFormat(std::string_view(otlp).substr(0, size));
    CHECK(found == (size < 6 ? found : ProfileFormat::kOtlp));
    CHECK(found != ProfileFormat::kPprof);
  }
  for (size_t size = 0; size < pprof.size(); ++size) {
    INFO(size);
    const ProfileFormat found = DetectProfileFormat(std::string_view(pprof).substr(0, size));
    CHECK(found == (size < 6 ? found : ProfileFormat::kPprof));
    CHECK(found != ProfileFormat::kOtlp);
  }
}

TEST_CASE("the order of fields does not matter") {
  // A string table, then a sample type of two numbers; a dictionary, then a resource.
  CHECK(DetectProfileFormat("\x32\x00\x32\x03"
                            "cpu\x0a\x04\x08\x01\x10\x01"sv) == ProfileFormat::kPprof);
  CHECK(DetectProfileFormat("\x12\x02\x2a\x00\x0a\x02\x0a\x00"sv) == ProfileFormat::kOtlp);
  // Samples, dictionaries and resources that say nothing.
  CHECK(DetectProfileFormat("\x12\x00\x32\x00"sv) == ProfileFormat::kPprof);
  CHECK(DetectProfileFormat("\x12\x00\x0a\x00"sv) == ProfileFormat::kOtlp);
}

TEST_CASE("rubbish is taken for nothing") {
  for (std::string_view bytes :
       {""sv, "rubbish\n"sv, "\0\0\0\0\0\0\0\0"sv, "\0\0\0\x05hello"sv, "\x1f\x8b\x08"sv,
        "\x28\xb5\x2f\xfd"sv, "\xff\xff\xff\xff"sv, "main;run 3\n"sv, "[1]"sv, "\n"sv}) {
    INFO(bytes);
    CHECK(DetectProfileFormat(bytes) == ProfileFormat::kUnknown);
  }
  CHECK(DetectProfileFormat(" {}"sv) == ProfileFormat::kOtlp);
}

TEST_CASE("JSON is OTLP by the names at its top, whatever comes before them") {
  for (std::string_view json :
       {"{\"resourceProfiles\":["sv, "\n{\"dictionary\":{}}"sv, "\xef\xbb\xbf{\"dictionary\":"sv,
        "{\"x\":[1,{}],\"resourceProfiles\":[]}"sv}) {
    INFO(json);
    CHECK(DetectProfileFormat(json) == ProfileFormat::kOtlp);
  }
  for (std::string_view json : {"{\"nodes\":1}"sv, "{\"resource_profiles\":[]}"sv,
                                "{\"traceEvents\":[]}"sv, "{\"resourceSpans\":[]}"sv}) {
    INFO(json);
    CHECK(DetectProfileFormat(json) == ProfileFormat::kUnknown);
  }
}

TEST_CASE("a limit of the size holds while looking") {
  const std::string packed = *Gzip(*WriteOtlp({{SeriesProfile{}}}) + std::string(5000, '\0'), 6);
  ReadLimits limits;
  limits.profile_bytes = 4096;
  CHECK(DetectProfileFormat(packed, limits) == ProfileFormat::kUnknown);
}

}  // namespace
}  // namespace dolerite::testing
