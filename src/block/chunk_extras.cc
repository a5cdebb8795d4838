// Writes the sections of links and of timestamps: FORMAT.md, section 15. Both walk the samples of a
// chunk in stored order, so a reader that knows the runs knows which sample a row belongs to.
#include "block/chunk_extras.h"

#include <algorithm>
#include <array>
#include <bit>
#include <map>
#include <unordered_map>
#include <vector>

#include "base/bytes.h"
#include "base/checksum.h"
#include "block/link_filter.h"
#include "model/row_set.h"

namespace dolerite {

namespace {

using Column64 = std::vector<uint64_t>;
using Column32 = std::vector<uint32_t>;

std::array<uint64_t, 3> WordsOf(const LinkBytes& link) {
  return std::bit_cast<std::array<uint64_t, 3>>(link);
}

bool HasLink(const SampleRows& rows, uint32_t row) {
  if (rows.link.empty()) return false;
  const auto [a, b, c] = WordsOf(rows.link.data()[row]);
  return (a | b | c) != 0;
}

// Links of samples in stored order: a code for each, and the bytes of those that are new. Links are
// looked up by content and profile, since codes count within a profile.
class LinkColumns {
 public:
  // A link is mostly new: code 1, and its bytes follow. A link that the profile had before gets the
  // number that it has among the profile's links, plus 2.
  void Add(uint32_t profile, const LinkBytes& link) {
    const size_t before = news_.size();
    const uint32_t row = rows_.FindOrAdd(
        HashOf(profile, link),
        [&](uint32_t r) { return news_[r].profile == profile && *news_[r].link == link; },
        [&] {
          news_.push_back({profile, counts_[profile]++, &link});
          return static_cast<uint32_t>(before);
        });
    codes.push_back(row < before ? 2 + news_[row].number : 1);
    if (row < before) return;
    traces.append(reinterpret_cast<const char*>(link.data()), 16);
    spans.append(reinterpret_cast<const char*>(link.data()) + 16, 8);
  }

  Column32 codes;
  std::string traces, spans;

 private:
  uint64_t HashOf(uint32_t profile, const LinkBytes& link) const {
    const auto [a, b, c] = WordsOf(link);
    return MixHash(MixHash(MixHash(seed_ ^ profile, a), b), c);
  }

  struct New {
    uint32_t profile, number;
    const LinkBytes* link;  // of the profile's rows
  };

  const uint64_t seed_ = SeedFor(this);
  std::vector<New> news_;
  RowSet rows_;                                    // of news_
  std::unordered_map<uint32_t, uint32_t> counts_;  // of new links, by profile
};

}  // namespace

// The section of links, and their filter. Where only samples with labels have links, the others
// have no code. Nothing is written if no sample has a link.
std::string WriteLinks(const ChunkOrder& order, uint32_t filter_bits, SectionWriter* section) {
  const auto has_none = [](const SampleRows& rows) { return rows.link.empty(); };
  if (std::all_of(order.rows().begin(), order.rows().end(), has_none)) return "";
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

// Times of a sample are stored as steps, the first one from the profile's time. A chunk in which
// any sample has timestamps has a shape and a count for each sample; others have no section.
void WriteTimestamps(const ChunkOrder& order, const ProfileTable& table, SectionWriter* section) {
  const auto has_none = [](const SampleRows& rows) { return rows.shape.empty(); };
  if (std::all_of(order.rows().begin(), order.rows().end(), has_none)) return;
  Column32 shapes, counts;
  Column64 times, values;
  std::map<uint32_t, std::vector<uint32_t>> starts;  // of each profile's timed values
  order.ForEach([&](uint32_t profile, const SampleRows& rows, uint32_t row) {
    if (rows.shape.empty()) {
      shapes.push_back(0), counts.push_back(0);
      return;
    }
    shapes.push_back(static_cast<uint32_t>(rows.shape[row]));
    counts.push_back(static_cast<uint32_t>(rows.timestamps.length(row)));
    uint64_t last = static_cast<uint64_t>(table.profiles[profile].time_nanos);
    for (const uint64_t* t = rows.timestamps.begin(row); t != rows.timestamps.end(row); ++t) {
      times.push_back(ZigZag(static_cast<int64_t>(*t - last)));
      last = *t;
    }
    if (rows.shape[row] != SampleShape::kTimed) return;
    // Where the timed values of each row begin, computed once for each profile.
    std::vector<uint32_t>& start = starts[profile];
    if (start.empty()) start = TimedValueStarts(rows);
    for (uint32_t i = start[row]; i < start[row + 1]; ++i) {
      values.push_back(ZigZag(rows.timestamp_values[i]));
    }
  });
  section->Integers(column::kCounts, Column64{shapes.size(), times.size(), values.size()});
  section->Integers(column::kShapes, shapes);
  section->Integers(column::kTimestampCounts, counts);
  section->Integers(column::kTimes, times);
  section->Integers(column::kTimedValues, values);
}

}  // namespace dolerite
