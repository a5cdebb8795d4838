// Writes the sections of links and of timestamps: FORMAT.md, section 15. Both walk the samples of a
// chunk in stored order, so a reader that knows the runs knows which sample a row belongs to.
#include "block/chunk_extras.h"

#include <algorithm>
#include <array>
#include <bit>
#include <map>
#include <span>
#include <string>
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

// The code of each row of a profile: 0 if it has no link, 1 if its link is new to the profile, and
// mostly it is, else 2 and the number that the link has among those of the profile. Empty if no row
// has a link.
Column32 LinkCodesOf(const SampleRows& rows, uint64_t seed) {
  Column32 codes(rows.link.size());
  RowSet known(rows.link.size());
  std::vector<uint32_t> news;  // rows
  for (uint32_t row = 0; row < codes.size(); ++row) {
    if (!HasLink(rows, row)) continue;
    const auto [a, b, c] = WordsOf(rows.link[row]);
    const size_t before = news.size();
    const uint32_t number = known.FindOrAdd(
        MixHash(MixHash(MixHash(seed, a), b), c),
        [&](uint32_t n) { return rows.link[news[n]] == rows.link[row]; },
        [&] {
          news.push_back(row);
          return static_cast<uint32_t>(before);
        });
    codes[row] = number < before ? 2 + number : 1;
  }
  return codes;
}

}  // namespace

// Stored order keeps the order of a profile's rows, so codes are found profile by profile, whose
// links are few and lie together.
LinkColumns LinksOf(const ChunkOrder& order) {
  const std::span<const SampleRows> profiles = order.rows();
  const uint64_t seed = SeedFor(&order);
  std::vector<Column32> codes_of;  // by profile of the chunk
  bool any = false;
  for (const SampleRows& rows : profiles) {
    codes_of.push_back(LinkCodesOf(rows, seed));
    any |=
        std::any_of(codes_of.back().begin(), codes_of.back().end(), [](auto c) { return c > 0; });
  }
  LinkColumns links;
  if (!any) return links;
  links.codes.resize(order.size());
  uint32_t* out = links.codes.data();
  order.ForEach([&](uint32_t, const SampleRows& rows, uint32_t row) {
    const Column32& of_profile = codes_of.data()[&rows - profiles.data()];
    const uint32_t code = of_profile.empty() ? 0 : of_profile.data()[row];
    *out++ = code;
    if (code != 1) return;
    const char* const link = reinterpret_cast<const char*>(rows.link[row].data());
    links.traces.append(link, 16);
    links.spans.append(link + 16, 8);
  });
  return links;
}

// A pool has the links of its samples in its own order.
LinkColumns LinksOf(const ChunkOrder& order, const ChunkPool& pool) {
  LinkColumns links;
  if (pool.link_codes.empty()) return links;
  std::vector<uint32_t> number(order.size());  // of links before each sample
  uint32_t next = 0;
  uint32_t* before = number.data();
  for (uint32_t code : pool.link_codes) {
    *before++ = next;
    next += code == 1;
  }
  links.traces.reserve(16 * pool.links.size()), links.spans.reserve(8 * pool.links.size());
  links.codes.resize(order.size());
  uint32_t* out = links.codes.data();
  for (const StoredSample& sample : order.samples()) {
    const uint32_t code = pool.link_codes.data()[sample.row];
    *out++ = code;
    if (code != 1) continue;
    const LinkBytes& bytes = pool.links.data()[number.data()[sample.row]];
    const char* const link = reinterpret_cast<const char*>(bytes.data());
    links.traces.append(link, 16);
    links.spans.append(link + 16, 8);
  }
  return links;
}

// The section of links, and their filter. Where only samples with labels have links, the others
// have no code.
std::string WriteLinks(const ChunkOrder& order, LinkColumns links, uint32_t filter_bits,
                       SectionWriter* section) {
  if (links.codes.empty()) return "";
  const StoredSample* const samples = order.samples().data();
  bool labelled_only = true;
  uint32_t* const codes = links.codes.data();
  for (size_t i = 0; i < links.codes.size(); ++i) {
    labelled_only &= codes[i] == 0 || samples[i].labels != 0;
  }
  if (labelled_only) {
    uint32_t* out = codes;
    for (size_t i = 0; i < links.codes.size(); ++i) {
      if (samples[i].labels != 0) *out++ = codes[i];
    }
    links.codes.resize(static_cast<size_t>(out - links.codes.data()));
  }
  section->Integers(column::kCounts,
                    Column64{links.codes.size(), links.spans.size() / 8, labelled_only});
  section->Integers(column::kLinkCodes, links.codes);
  section->Bytes(column::kTraceIds, links.traces);
  section->Bytes(column::kSpanIds, links.spans);
  return filter_bits == 0 ? "" : MakeLinkFilter(links.traces, links.spans, filter_bits);
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
