// The addresses section: FORMAT.md, section 10. It is apart from symbols, as flame graphs by
// function or line never read it. Addresses are relative to the start of their mapping's file, so
// processes that loaded a file at different places share locations; layouts say where each had it.
#include "block/symbol_sections.h"

#include <vector>

#include "base/bytes.h"
#include "base/status.h"
#include "block/table_columns.h"

namespace dolerite {

namespace {

// Calls near(i) for each location whose outermost function is that of the location
// before, and far(i) for the others: addresses of one function are neighbours.
template <class Far, class Near>
void VisitAddresses(const Locations& l, const Far& far, const Near& near) {
  for (size_t i = 0; i < l.size(); ++i) {
    const bool lines = i > 0 && l.lines.length(i) > 0 && l.lines.length(i - 1) > 0;
    if (lines && l.lines.end(i)[-1].function == l.lines.end(i - 1)[-1].function) {
      near(i);
    } else {
      far(i);
    }
  }
}

}  // namespace

// Differences are modulo 2^64. A near address is a difference to the location before, near or far;
// a far one to the far location before.
EncodedSection EncodeAddresses(const MergedTables& tables, const ColumnOptions& options) {
  const Locations& l = tables.symbols.locations;
  SectionWriter out(SectionKind::kAddresses, options);
  Column64 starts, far, near;
  Column32 mappings;
  uint64_t last_far = 0;
  VisitAddresses(
      l,
      [&](size_t i) {
        far.push_back(ZigZag(static_cast<int64_t>(l.address[i] - last_far)));
        last_far = l.address[i];
      },
      [&](size_t i) {
        near.push_back(ZigZag(static_cast<int64_t>(l.address[i] - l.address[i - 1])));
      });
  for (const LayoutEntry& e : tables.layouts.items) {
    mappings.push_back(e.mapping.value);
    starts.push_back(e.start);
  }
  out.Integers(column::kCounts, Column64{l.size(), tables.layouts.size()});
  out.Integers(column::kFarAddresses, far);
  out.Integers(column::kNearAddresses, near);
  out.Integers(column::kFolded, Column32(l.folded.begin(), l.folded.end()));
  out.Integers(column::kLocationAttributes, Values(l.attributes));
  out.Integers(column::kLayoutSizes, SizesOf(tables.layouts));
  out.Integers(column::kLayoutMappings, mappings);
  out.Integers(column::kLayoutStarts, starts);
  return std::move(out).Finish();
}

// Runs after DecodeSymbols: which locations are near or far follows from their lines.
absl::Status DecodeAddresses(const SectionReader& in, const BlockLimits& limits,
                             MergedTables* tables) {
  Locations& l = tables->symbols.locations;
  Column64 counts, starts, far, near;
  Column32 folded, attributes, sizes, mappings;
  DOLERITE_RETURN_IF_ERROR(in.Counts(2, &counts));
  DOLERITE_RETURN_IF_ERROR(CheckCounts(in, counts, limits));
  if (counts[0] != l.size()) {
    return in.Damaged(Concat("addresses of ", counts[0], " locations, where there are ", l.size()));
  }
  // The first walk counts rows of both columns, the second takes them.
  size_t far_rows = 0, near_rows = 0;
  VisitAddresses(
      l, [&](size_t) { ++far_rows; }, [&](size_t) { ++near_rows; });
  DOLERITE_RETURN_IF_ERROR(in.Integers(column::kFarAddresses, far_rows, &far));
  DOLERITE_RETURN_IF_ERROR(in.Integers(column::kNearAddresses, near_rows, &near));
  uint64_t last_far = 0;
  far_rows = near_rows = 0;
  VisitAddresses(
      l,
      [&](size_t i) {
        last_far += static_cast<uint64_t>(UnZigZag(far[far_rows++]));
        l.address[i] = last_far;
      },
      [&](size_t i) {
        l.address[i] = l.address[i - 1] + static_cast<uint64_t>(UnZigZag(near[near_rows++]));
      });
  DOLERITE_RETURN_IF_ERROR(in.Integers(column::kFolded, l.size(), &folded));
  for (uint32_t flag : folded) {
    if (flag > 1) return in.Damaged(Concat("a folded flag is ", flag, ", neither 0 nor 1"));
  }
  l.folded.assign(folded.begin(), folded.end());
  // The caller compares these with the label sets when it has read all tables.
  DOLERITE_RETURN_IF_ERROR(in.Integers(column::kLocationAttributes, l.size(), &attributes));
  l.attributes.clear();
  for (uint32_t set : attributes) l.attributes.push_back({set});
  DOLERITE_RETURN_IF_ERROR(in.Integers(column::kLayoutSizes, counts[1], &sizes));
  tables->layouts.Clear();
  DOLERITE_RETURN_IF_ERROR(SizesToEnds(in, sizes, limits.section_rows, &tables->layouts));
  // Layouts: where each process had its mappings.
  const size_t entries = sizes.empty() ? 0 : tables->layouts.ends.back();
  DOLERITE_RETURN_IF_ERROR(in.Integers(column::kLayoutMappings, entries, &mappings));
  DOLERITE_RETURN_IF_ERROR(in.Integers(column::kLayoutStarts, entries, &starts));
  for (size_t i = 0; i < entries; ++i) {
    if (mappings[i] >= tables->symbols.mappings.size()) {
      return in.Damaged(
          Concat("a layout has mapping ", mappings[i], " of ", tables->symbols.mappings.size()));
    }
    tables->layouts.items.push_back({MappingId{mappings[i]}, starts[i]});
  }
  return absl::OkStatus();
}

}  // namespace dolerite
