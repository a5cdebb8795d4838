// Pyroscope's questions: querier.v1.QuerierService.
//
// All of them are sums of what lies in the time that is asked for, gauges too, as Pyroscope's are.
// Private labels (profile_type_id.h) may be used wherever a label may.
#ifndef DOLERITE_EXAMPLES_HOST_QUERIER_H_
#define DOLERITE_EXAMPLES_HOST_QUERIER_H_

#include <string>

#include "absl/status/statusor.h"
#include "asked.h"
#include "dolerite/profile.h"
#include "dolerite/tree.h"
#include "querier_messages.h"
#include "router.h"

namespace dolerite::host {

// POST /querier.v1.QuerierService/METHOD, for each of the methods below.
void AddQuerierRoutes(Router* router);

// What there is. A start and an end of 0 mean all times. Several texts of matchers mean what meets
// one of them.
absl::StatusOr<ProfileTypesResponse> ProfileTypes(const ProfileTypesRequest& request,
                                                  const TenantData& data);
absl::StatusOr<NamesResponse> LabelNames(const LabelNamesRequest& request, const TenantData& data);
absl::StatusOr<NamesResponse> LabelValues(const LabelValuesRequest& request,
                                          const TenantData& data);
absl::StatusOr<SeriesResponse> Series(const SeriesRequest& request, const TenantData& data);
absl::StatusOr<StatsResponse> GetProfileStats(const StatsRequest& request, const TenantData& data);

// Stacks, summed up. Trees are cut to max_nodes, or to 8,192 if it is 0; profiles are whole.
absl::StatusOr<StacktracesResponse> SelectMergeStacktraces(const StacktracesRequest& request,
                                                           const TenantData& data);
absl::StatusOr<StacktracesResponse> SelectMergeSpanProfile(const SpanProfileRequest& request,
                                                           const TenantData& data);
// Samples of the one sample type that the type names.
absl::StatusOr<Encoded<Pprof>> SelectMergeProfile(const MergeProfileRequest& request,
                                                  const TenantData& data);
absl::StatusOr<DiffResponse> Diff(const DiffRequest& request, const TenantData& data);

// Values over time. The point at start + k * step sums what lies in the step before it, that time
// included; the first of them is at the start, so that the step before the start counts too.
// Exemplars of points name profiles: spans of them are Unimplemented, as in Pyroscope. Those of
// cells of spans name the span, its trace, and the first profile that it is in.
absl::StatusOr<SelectSeriesResponse> SelectSeries(const SelectSeriesRequest& request,
                                                  const TenantData& data);
absl::StatusOr<SelectHeatmapResponse> SelectHeatmap(const SelectHeatmapRequest& request,
                                                    const TenantData& data);

// For pages: when the oldest and the newest selected profile are, and answers in the library's
// form.
absl::StatusOr<StatsResponse> StatsOf(const Selection& selection, const TenantData& data);
// The number of nodes that max_nodes asks for.
size_t NodesOf(const std::optional<int64_t>& max_nodes);
absl::StatusOr<Tree> MergedTree(const StacktracesRequest& request, const TenantData& data);
absl::StatusOr<DiffQuestion> DiffQuestionOf(const DiffRequest& request);
absl::StatusOr<Tree> DiffTree(const DiffRequest& request, const TenantData& data);
absl::StatusOr<Profile> MergedProfile(const StacktracesRequest& request, const TenantData& data);

}  // namespace dolerite::host

#endif  // DOLERITE_EXAMPLES_HOST_QUERIER_H_
