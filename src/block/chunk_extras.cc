#include "block/chunk_extras.h"

#include <map>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "base/bytes.h"
#include "block/link_filter.h"

namespace dolerite {

namespace {

using Column64 = std::vector<uint64_t>;
using Column32 = std::vector<uint32_t>;

bool HasLink(const SampleRows& rows, uint32_t row) {
  return !rows.link.empty() && rows.link[row] != LinkBytes{};
}

// Links of samples in stored order: where each is told, and the bytes of the new ones.
class LinkColumns {
 public:
  // A link is mostly new: 1 and its bytes. One that the profile had before is told by
  // how many the profile had before it, plus 2.
  void Add(uint32_t profile, const LinkBytes& link) {
    const uint32_t count = counts_[profile];
    const auto [at, is_new] = numbers_.try_emplace({profile, link}, count);
    codes.push_back(is_new ? 1 : 2 + at->second);
    if (!is_new) return;
    ++counts_[profile];
    traces.append(reinterpret_cast<const char*>(link.data()), 16);
    spans.append(reinterpret_cast<const char*>(link.data()) + 16, 8);
  }

  Column32 codes;
  std::string traces, spans;

 private:
  absl::flat_hash_map<std::pair<uint32_t, LinkBytes>, uint32_t> numbers_;  // of a profile's links
  absl::flat_hash_map<uint32_t, uint32_t> counts_;                         // links by profile
};

}  // namespace

// Where only samples with labels have links, the others have no code.
std::string WriteLinks(const ChunkOrder& order, uint32_t filter_bits, SectionWriter* section) {
  bool any = false, labelled_only = true;
  order.ForEach([&](uint32_t, const SampleRows& rows, uint32_t row) {
    const bool linked = HasLink(rows, row);
    any = any || linked;
    labelled_only = labelled_only && (!linked || rows.labels[row] != 0);
  });
  if (!any) return "";
  LinkColumns columns;
  order.ForEach([&](uint32_t profile, const SampleRows& rows, uint32_t row) {
    if (labelled_only && rows.labels[row] == 0) return;
    if (HasLink(rows, row)) {
      columns.Add(profile, rows.link[row]);
    } else {
      columns.codes.push_back(0);
    }
  });
  section->Integers(column::kCounts,
                    Column64{columns.codes.size(), columns.spans.size() / 8, labelled_only});
  section->Integers(column::kLinkCodes, columns.codes);
  section->Bytes(column::kTraceIds, columns.traces);
  section->Bytes(column::kSpanIds, columns.spans);
  return filter_bits == 0 ? "" : MakeLinkFilter(columns.traces, columns.spans, filter_bits);
}

// Times of a sample are told from the one before, the first from the profile's time.
void WriteTimestamps(const ChunkOrder& order, const ProfileTable& table, SectionWriter* section) {
  Column32 shapes, counts;
  Column64 times, values;
  std::map<uint32_t, std::vector<uint32_t>> starts;  // of each profile's timed values
  bool any = false;
  order.ForEach([&](uint32_t profile, const SampleRows& rows, uint32_t row) {
    if (rows.shape.empty()) {
      shapes.push_back(0), counts.push_back(0);
      return;
    }
    any = true;
    shapes.push_back(static_cast<uint32_t>(rows.shape[row]));
    counts.push_back(static_cast<uint32_t>(rows.timestamps.length(row)));
    uint64_t last = static_cast<uint64_t>(table.profiles[profile].time_nanos);
    for (const uint64_t* t = rows.timestamps.begin(row); t != rows.timestamps.end(row); ++t) {
      times.push_back(ZigZag(static_cast<int64_t>(*t - last)));
      last = *t;
    }
    if (rows.shape[row] != SampleShape::kTimed) return;
    std::vector<uint32_t>& start = starts[profile];
    if (start.empty()) start = TimedValueStarts(rows);
    for (uint32_t i = start[row]; i < start[row + 1]; ++i) {
      values.push_back(ZigZag(rows.timestamp_values[i]));
    }
  });
  if (!any) return;
  section->Integers(column::kCounts, Column64{shapes.size(), times.size(), values.size()});
  section->Integers(column::kShapes, shapes);
  section->Integers(column::kTimestampCounts, counts);
  section->Integers(column::kTimes, times);
  section->Integers(column::kTimedValues, values);
}

}  // namespace dolerite
