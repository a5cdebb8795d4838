#include "querier.h"

#include "connect.h"

namespace dolerite::host {

void AddQuerierRoutes(Router* router) {
  // Connect has the paths of gRPC.
  const std::string service = "/querier.v1.QuerierService/";
  AddUnary<ProfileTypesRequest>(router, service + "ProfileTypes", ProfileTypes);
  AddUnary<LabelNamesRequest>(router, service + "LabelNames", LabelNames);
  AddUnary<LabelValuesRequest>(router, service + "LabelValues", LabelValues);
  AddUnary<SeriesRequest>(router, service + "Series", Series);
  AddUnary<StatsRequest>(router, service + "GetProfileStats", GetProfileStats);
  AddUnary<StacktracesRequest>(router, service + "SelectMergeStacktraces", SelectMergeStacktraces);
  AddUnary<SpanProfileRequest>(router, service + "SelectMergeSpanProfile", SelectMergeSpanProfile);
  AddUnary<MergeProfileRequest>(router, service + "SelectMergeProfile", SelectMergeProfile);
  AddUnary<DiffRequest>(router, service + "Diff", Diff);
  AddUnary<SelectSeriesRequest>(router, service + "SelectSeries", SelectSeries);
  AddUnary<SelectHeatmapRequest>(router, service + "SelectHeatmap", SelectHeatmap);
}

}  // namespace dolerite::host
