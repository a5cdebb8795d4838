// What does a comparison of two versions cost, beside one flame graph of both together?
#include <string>

#include "dolerite/block_reader.h"
#include "dolerite/query.h"
#include "support/series.h"
#include "support/table.h"
#include "support/timing.h"

namespace {

using namespace dolerite;
using namespace dolerite::bench;

Selection Of(const std::string& versions) {
  return {.matchers = {{"version", LabelMatcher::Op::kMatch, versions}}};
}

const Selection& Base() {
  static const auto* base = new Selection(Of("v1[.]5[.]0"));
  return *base;
}
const Selection& Against() {
  static const auto* against = new Selection(Of("v1[.]6[.]0"));
  return *against;
}

Tree Diff(const std::string& block) {
  DiffQuery query({Base(), Against()});
  Must(query.Add(Must(BlockReader::FromBytes(block))));
  return Must(std::move(query).Finish());
}

Tree Flame(const std::string& block, const Selection& selection) {
  TreeQuery query({selection});
  Must(query.Add(Must(BlockReader::FromBytes(block))));
  return Must(std::move(query).Finish());
}

void Answer(const Series& series) {
  const std::string block = BuildBlock(series.sources);
  const Tree diff = Diff(block);
  Require(diff.columns[0].total[0] == Flame(block, Base()).columns[0].total[0] &&
              diff.columns[1].total[0] == Flame(block, Against()).columns[0].total[0],
          series.name + ": the comparison's totals are not those of its sides");
  const Selection both = Of("v1[.][56][.]0");
  Require(Flame(block, both).size() == diff.size(), "the comparison has other nodes than a merge");
  const double ours = MedianSeconds([&] { Use(Diff(block)); });
  const double merge = MedianSeconds([&] { Use(Flame(block, both)); });
  const double sides = MedianSeconds([&] { Use(Flame(block, Base())); }) +
                       MedianSeconds([&] { Use(Flame(block, Against())); });
  const std::string what = series.name + ", v1.5.0 against v1.6.0";
  Print({what, Time(ours), "one merge of both: " + Time(merge), Times(ours / merge), "1.3x"});
  Print({what, Time(ours), "two merges, one each: " + Time(sides), Times(ours / sides)});
}

}  // namespace

int main() {
  Title("Comparison of two versions, cold; the ratio is what it costs");
  for (const Series& series : AllSeries()) {
    if (series.kind() == "cpu" && series.name != "parca-public") Answer(series);
    if (series.kind() == "heap") Answer(series);
  }
}
