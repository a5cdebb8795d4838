// Makes points of what series have in steps.
#ifndef DOLERITE_QUERY_ANSWERS_SERIES_POINTS_H_
#define DOLERITE_QUERY_ANSWERS_SERIES_POINTS_H_

#include "absl/status/statusor.h"
#include "query/answers/series_core.h"
#include "query/scan/scan.h"

namespace dolerite {

ValueKind KindOf(const ValueKinds& kinds, const Measure& measure);

// Whether the aggregate puts each series' value together before it adds up over series.
bool TellsSeriesApart(const SeriesQuestion& question, const Measure& measure);

// Adds what one cell has to another, which may be new.
void JoinCell(SeriesCell&& from, size_t exemplars, SeriesCell* to);

absl::StatusOr<TimeSeries> MakeTimeSeries(const SeriesQuestion& question, const Measure& measure,
                                          const SeriesTable& table, const CallContext& call);

}  // namespace dolerite

#endif  // DOLERITE_QUERY_ANSWERS_SERIES_POINTS_H_
