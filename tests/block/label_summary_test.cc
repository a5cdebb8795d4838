// The label summary rules out no dataset that has what is asked for.
#include "block/label_summary.h"

#include "block/block_support.h"

namespace dolerite::testing {
namespace {

bool Holds(const LabelSummary& summary, std::string_view name, std::string_view value) {
  return summary.MayHold(name, [&](std::string_view v) { return v == value; });
}

TEST_CASE("a summary knows the values of labels, and which series lack one") {
  LabelSummaryWriter writer;
  writer.AddType("cpu");
  writer.AddSeries({{"pod", "a"}, {"zone", "x"}});
  writer.AddSeries({{"pod", "b"}});
  const std::string bytes = writer.Encode();
  CHECK(bytes.size() <= writer.most_bytes());
  const std::optional<LabelSummary> summary = LabelSummary::Read(bytes);
  REQUIRE(summary);
  CHECK(Holds(*summary, "pod", "a"));
  CHECK(Holds(*summary, "pod", "b"));
  CHECK(!Holds(*summary, "pod", "c"));
  CHECK(!Holds(*summary, "pod", ""));
  CHECK(Holds(*summary, "zone", "x"));
  CHECK(Holds(*summary, "zone", ""));  // of the second series
  CHECK(!Holds(*summary, "zone", "y"));
  CHECK(Holds(*summary, "unknown", ""));
  CHECK(!Holds(*summary, "unknown", "z"));
  CHECK(summary->MayHoldType([](std::string_view v) { return v == "cpu"; }));
  CHECK(!summary->MayHoldType([](std::string_view v) { return v == "heap"; }));
}

TEST_CASE("a summary lists sixteen values, with more any may be there") {
  for (const int values : {15, 16, 17, 40}) {
    for (const bool lacking : {false, true}) {
      LabelSummaryWriter writer;
      if (lacking) writer.AddSeries({});
      for (int i = 0; i < values; ++i) writer.AddSeries({{"pod", std::to_string(i)}});
      const std::string bytes = writer.Encode();
      CHECK(bytes.size() <= writer.most_bytes());
      const std::optional<LabelSummary> summary = LabelSummary::Read(bytes);
      REQUIRE(summary);
      const bool listed = values + lacking <= 16;
      INFO(values << " values, lacking " << lacking);
      for (int i = 0; i < values; ++i) CHECK(Holds(*summary, "pod", std::to_string(i)));
      CHECK(Holds(*summary, "pod", "") == (lacking || !listed));
      CHECK(Holds(*summary, "pod", "none") == !listed);
    }
  }
}

TEST_CASE("a summary that is cut off, or out of order, is not read") {
  LabelSummaryWriter writer;
  writer.AddType("cpu");
  writer.AddSeries({{"pod", "a"}, {"zone", "x"}});
  const std::string bytes = writer.Encode();
  size_t sound = 0;
  for (size_t n = 0; n < bytes.size(); ++n) {
    sound += LabelSummary::Read(std::string_view(bytes).substr(0, n)).has_value();
  }
  CHECK(sound == 3);  // before each entry
  CHECK(!LabelSummary::Read(bytes + bytes));
}

}  // namespace
}  // namespace dolerite::testing
