// Lays the rows and columns of heatmaps.
#ifndef DOLERITE_QUERY_ANSWERS_HEATMAP_CELLS_H_
#define DOLERITE_QUERY_ANSWERS_HEATMAP_CELLS_H_

#include <cstdint>
#include <map>
#include <vector>

#include "absl/status/statusor.h"
#include "query/answers/heatmap_core.h"
#include "query/scan/scan.h"

namespace dolerite {

// Each span as one value, at the time of its first profile.
absl::StatusOr<std::map<LabelSet, SeenSteps>> StepsOfSpans(
    const HeatmapQuestion& question, const std::map<LabelSet, SeenSpans>& spans,
    const CallContext& call);

absl::StatusOr<Heatmap> MakeHeatmap(const HeatmapQuestion& question,
                                    const HeatmapQuestion::Finish& how, const Measure& measure,
                                    const std::map<LabelSet, SeenSteps>& groups,
                                    const CallContext& call);

// Edges from `least` to `most` for at most `rows` (not 0) ranges of equal widths, which are
// integers: there are fewer rows where so many are not needed.
std::vector<int64_t> LinearEdges(int64_t least, int64_t most, uint32_t rows);
// The same with equal ratios, to the next integer, from the smallest value above 0 on; those below
// are one row.
std::vector<int64_t> LogarithmicEdges(int64_t least, int64_t least_positive, int64_t most,
                                      uint32_t rows);

}  // namespace dolerite

#endif  // DOLERITE_QUERY_ANSWERS_HEATMAP_CELLS_H_
