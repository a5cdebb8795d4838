#include "ask/enum_names.h"

namespace dolerite::ask {
namespace {

using std::string_view;

// The order is that of the enumerators, whose numbers are frozen where they are stored.
constexpr string_view kFrames[] = {"function", "line",    "file",
                                   "address",  "mapping", "function_file"};
constexpr string_view kValueKinds[] = {"counter", "gauge"};
constexpr string_view kChanges[] = {"share", "value"};
constexpr string_view kAggregates[] = {"sum", "rate", "average", "count", "min", "max", "quantile"};
constexpr string_view kObserved[] = {"profiles", "spans", "timestamps"};
constexpr string_view kTreeFormats[] = {"json", "table", "folded", "html"};
constexpr string_view kTreeViews[] = {"tree", "callers", "all_callers", "callees"};
constexpr string_view kGroupFormats[] = {"json", "table", "folded", "html", "joined"};
constexpr string_view kProfileFormats[] = {"pprof", "pgo", "json"};
constexpr string_view kChartFormats[] = {"json", "svg", "html"};
constexpr string_view kJsonOnly[] = {"json"};
constexpr string_view kCatalogViews[] = {"labels", "types", "series", "values"};

}  // namespace

Names NamesOf(FrameBy) { return kFrames; }
Names NamesOf(ValueKind) { return kValueKinds; }
Names NamesOf(ChangeOf) { return kChanges; }
Names NamesOf(SeriesQuestion::Aggregate) { return kAggregates; }
Names NamesOf(HeatmapQuestion::Observe) { return kObserved; }
Names NamesOf(FormOf<TreeQuestion>::Format) { return kTreeFormats; }
Names NamesOf(FormOf<TreeQuestion>::View) { return kTreeViews; }
Names NamesOf(FormOf<GroupedTreesQuestion>::Format) { return kGroupFormats; }
Names NamesOf(FormOf<DiffQuestion>::Format) { return kTreeFormats; }
Names NamesOf(FormOf<ProfileQuestion>::Format) { return kProfileFormats; }
Names NamesOf(FormOf<SeriesQuestion>::Format) { return kChartFormats; }
Names NamesOf(FormOf<CatalogQuestion>::Format) { return kJsonOnly; }
Names NamesOf(FormOf<CatalogQuestion>::View) { return kCatalogViews; }
Names NamesOf(FormOf<ListQuestion>::Format) { return kJsonOnly; }

}  // namespace dolerite::ask
