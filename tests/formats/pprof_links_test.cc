// Which labels of pprof samples are links.
#include <catch2/catch.hpp>

#include "dolerite/pprof.h"
#include "support/corpus.h"

namespace dolerite::testing {
namespace {

TEST_CASE("the names of labels with span ids are the caller's, numbers are ids too") {
  if (!CorpusPresent()) return;
  const std::string bytes = ReadCorpusFile("faults/datadog_labels.pb.gz");
  const absl::StatusOr<Profile> plain = ReadPprof(bytes);
  REQUIRE(plain.ok());
  CHECK(plain->samples.link.empty());

  PprofReadOptions options;
  options.span_labels = {"no such", "span id", "local root span id"};
  const absl::StatusOr<Profile> linked = ReadPprof(bytes, options);
  REQUIRE(linked.ok());
  REQUIRE(linked->samples.link.size() == plain->samples.size());
  // 9223372036854775807, as its hex digits are.
  const std::array<uint8_t, 8> first = {0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
  CHECK(linked->links.span_id[linked->samples.link[0].value] == first);
  // The label is a link now, the less wanted one stays.
  const auto names = [](const Profile& p, size_t sample) {
    std::vector<std::string> out;
    const uint32_t set = p.samples.attributes[sample].value;
    const Symbols& s = p.symbols;
    for (const AttributeId* l = s.attribute_sets.begin(set); l != s.attribute_sets.end(set); ++l) {
      out.emplace_back(s.strings[s.attributes.key[l->value]]);
    }
    return out;
  };
  const std::vector<std::string> before = names(*plain, 0), after = names(*linked, 0);
  CHECK(std::count(before.begin(), before.end(), "span id") == 1);
  CHECK(std::count(after.begin(), after.end(), "span id") == 0);
  CHECK(std::count(after.begin(), after.end(), "local root span id") == 1);

  // The order of names says which is wanted most.
  std::swap(options.span_labels[1], options.span_labels[2]);
  const absl::StatusOr<Profile> roots = ReadPprof(bytes, options);
  REQUIRE(roots.ok());
  CHECK(roots->links.span_id[roots->samples.link[0].value] !=
        linked->links.span_id[linked->samples.link[0].value]);
}

}  // namespace
}  // namespace dolerite::testing
