#include "block/link_filter.h"

#include <algorithm>

#include "base/checksum.h"
#include "base/status.h"
#include "model/row_set.h"

namespace dolerite {

namespace {

// A filter of many ids in few bits rules out little, but is right.
constexpr uint64_t kMaxFilterBytes = uint64_t{64} << 20;
constexpr uint32_t kMaxHashes = 64;

// The number of bits that makes false hits fewest is bits * ln 2, about 9 / 13.
// Near the best for so many bits an id, which is bits * ln 2.
uint32_t HashesFor(uint32_t bits) { return std::clamp(bits * 9 / 13, 1u, kMaxHashes); }

bool IsNone(std::span<const uint8_t> id) {
  return std::all_of(id.begin(), id.end(), [](uint8_t byte) { return byte == 0; });
}

std::string_view AsText(std::span<const uint8_t> id) {
  return {reinterpret_cast<const char*>(id.data()), id.size()};
}

// Calls visit(byte, mask) for each bit of an id until it returns false. Two halves of one hash give
// all positions: a start and an odd step. A multiplication scales a position to the filter's size,
// which need not be a power of two.
template <class Visit>
bool VisitBits(uint64_t hash, uint32_t hashes, uint64_t bytes, const Visit& visit) {
  const uint32_t step = static_cast<uint32_t>(hash >> 32) | 1;
  uint32_t at = static_cast<uint32_t>(hash);
  for (uint32_t i = 0; i < hashes; ++i, at += step) {
    const uint64_t bit = at * (8 * bytes) >> 32;
    if (!visit(bit / 8, static_cast<uint8_t>(1 << bit % 8))) return false;
  }
  return true;
}

// Adds hashes that are not there yet. Ids of zeros mean no trace or no span and are passed over.
void AddHashes(std::string_view ids, size_t width, RowSet* known, std::vector<uint64_t>* hashes) {
  for (; ids.size() >= width; ids.remove_prefix(width)) {
    const std::string_view id = ids.substr(0, width);
    if (id.find_first_not_of('\0') == id.npos) continue;
    const uint64_t hash = Checksum64(id);
    known->FindOrAdd(
        hash, [&](uint32_t row) { return (*hashes)[row] == hash; },
        [&] {
          hashes->push_back(hash);
          return static_cast<uint32_t>(hashes->size() - 1);
        });
  }
}

}  // namespace

// Each distinct id is entered once, so the size follows distinct ids.
std::string MakeLinkFilter(std::string_view trace_ids, std::string_view span_ids, uint32_t bits) {
  std::vector<uint64_t> hashes;
  RowSet known(span_ids.size() / 4);  // as many ids of traces as of spans
  AddHashes(trace_ids, 16, &known, &hashes);
  AddHashes(span_ids, 8, &known, &hashes);
  const uint64_t bytes = std::min((hashes.size() * bits + 7) / 8, kMaxFilterBytes);
  std::string filter(bytes, '\0');
  for (uint64_t hash : hashes) {
    VisitBits(hash, HashesFor(bits), bytes, [&](uint64_t byte, uint8_t mask) {
      filter[byte] = static_cast<char>(filter[byte] | mask);
      return true;
    });
  }
  return filter;
}

// Two passes over chunks: which types have several chunks with links, then the filters of those. A
// type's only chunk with links is found without a filter.
std::optional<EncodedSection> EncodeLinkFilters(const std::vector<Chunk>& chunks,
                                                std::vector<std::string> filters, uint32_t bits,
                                                const ColumnOptions& options) {
  std::vector<uint32_t> linked;  // chunks with links, by type
  for (size_t c = 0; c < chunks.size(); ++c) {
    linked.resize(std::max<size_t>(linked.size(), chunks[c].type + 1));
    linked[chunks[c].type] += !filters[c].empty();
  }
  std::vector<uint32_t> sizes;
  std::string bytes;
  for (size_t c = 0; c < chunks.size(); ++c) {
    const bool kept =
        linked[chunks[c].type] > 1 && filters[c].size() <= kMaxFilterBytes - bytes.size();
    if (kept) bytes += filters[c];
    sizes.push_back(kept ? static_cast<uint32_t>(filters[c].size()) : 0);
  }
  if (bytes.empty()) return std::nullopt;
  SectionWriter out(SectionKind::kLinkFilter, options);
  out.Integers(column::kCounts, std::vector<uint64_t>{chunks.size(), HashesFor(bits)});
  out.Integers(column::kFilterSizes, sizes);
  out.Bytes(column::kFilterBits, bytes);
  return std::move(out).Finish();
}

// Sizes come from outside: each is compared with the bytes that are left, and all bytes must be
// used.
absl::StatusOr<LinkFilters> LinkFilters::Read(const SectionReader& in, size_t chunks,
                                              const BlockLimits& limits) {
  LinkFilters out;
  std::vector<uint64_t> counts;
  std::vector<uint32_t> sizes;
  DOLERITE_RETURN_IF_ERROR(in.Counts(2, &counts));
  if (counts[0] != chunks) {
    return in.Damaged(Concat("filters of ", counts[0], " chunks, where there are ", chunks));
  }
  if (counts[1] < 1 || counts[1] > kMaxHashes) {
    return in.Damaged(
        Concat("an id sets ", counts[1], " bits, where 1 to ", kMaxHashes, " are expected"));
  }
  out.hashes_ = static_cast<uint32_t>(counts[1]);
  DOLERITE_RETURN_IF_ERROR(in.Integers(column::kFilterSizes, chunks, &sizes));
  DOLERITE_RETURN_IF_ERROR(in.LimitedBytes(column::kFilterBits, limits.section_bytes, &out.bytes_));
  uint64_t end = 0;
  for (uint32_t size : sizes) {
    if (size > out.bytes_.size() - end || size > kMaxFilterBytes) {
      return in.Damaged(Concat("a filter of ", size, " bytes, where ", out.bytes_.size() - end,
                               " are left and ", kMaxFilterBytes, " are allowed"));
    }
    out.ends_.push_back(end += size);
  }
  if (end != out.bytes_.size()) {
    return in.Damaged(Concat(out.bytes_.size() - end, " bytes behind the last filter"));
  }
  return out;
}

std::string_view LinkFilters::Of(size_t chunk) const {
  const uint64_t begin = chunk == 0 ? 0 : ends_[chunk - 1];
  return std::string_view(bytes_).substr(begin, ends_[chunk] - begin);
}

// Every bit of the id must be set; a chunk without a filter may hold anything.
bool LinkFilters::MayHold(size_t chunk, std::span<const uint8_t> id) const {
  const std::string_view filter = Of(chunk);
  if (filter.empty()) return true;
  return VisitBits(Checksum64(AsText(id)), hashes_, filter.size(),
                   [&](uint64_t byte, uint8_t mask) {
                     return (static_cast<uint8_t>(filter[byte]) & mask) != 0;
                   });
}

bool LinkFilters::MayHold(size_t chunk, const LinkIds& ids) const {
  // Both lists must be satisfied. The filter knows traces and spans apart, so it may pass a chunk
  // that has both, but in different samples.
  const auto may = [&](const auto& id) { return !IsNone(id) && MayHold(chunk, id); };
  const auto any = [&](const auto& list) {
    return list.empty() || std::any_of(list.begin(), list.end(), may);
  };
  return any(ids.trace_ids) && any(ids.span_ids);
}

}  // namespace dolerite
