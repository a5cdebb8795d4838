// An output chunk holds profiles of a few series, an input chunk often profiles of all series in a
// short time. So chunks of the output are read several at a time: all of their profiles are sorted
// by where they come from, each input chunk is decoded once, and its rows are dealt out.
#include "block/merge_source.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/status.h"
#include "block/read_rows.h"

namespace dolerite {

namespace {

// Stored bytes of input chunks that are fetched together.
constexpr uint64_t kFetchTogether = 1 << 20;

// Of each sample's values some stay.
void KeepValues(const std::vector<uint32_t>& kept, size_t values, SampleRows* rows) {
  std::vector<int64_t> out;
  out.reserve(rows->size() * kept.size());
  for (size_t i = 0; i < rows->size(); ++i) {
    for (uint32_t v : kept) out.push_back(rows->values[i * values + v]);
  }
  rows->values = std::move(out);
}

}  // namespace

size_t MergeSource::memory_bytes() const {
  size_t bytes = sizeof *this + table.profiles.size() * sizeof(ProfileRow) +
                 table.groups.size() * sizeof(RowGroup) + table.chunks.size() * sizeof(Chunk) +
                 table.series.size() * sizeof(Series) + chunk_of.size() * sizeof(uint32_t) +
                 attribute_sets.memory_bytes();
  for (const PackedIds& ids : stacks) bytes += sizeof ids + ids.memory_bytes();
  for (const ProfileType& type : table.types) {
    bytes += sizeof type + type.sample_types.size() * sizeof(ProfileType::Value);
  }
  return bytes;
}

MergedChunks::MergedChunks(const std::vector<MergeSource>& sources, const ProfileTable& table,
                           const std::vector<MergeOrigin>& origins,
                           const std::function<ChunkLoad(uint32_t)>& load_of, MemoryBudget* memory,
                           const CallContext& call, Change change)
    : sources_(sources),
      table_(table),
      origins_(origins),
      load_of_(load_of),
      memory_(memory),
      call_(call),
      held_(memory),
      encoding_(memory),
      change_(std::move(change)) {}

// The rows of all profiles of a chunk.
size_t MergedChunks::BytesOf(uint32_t part) const {
  const Chunk& chunk = table_.chunks[part];
  const size_t values = table_.types[chunk.type].sample_types.size();
  size_t bytes = 0;
  for (const RowGroup& group : table_.groups_of(chunk)) {
    for (uint32_t p = group.first_profile; p < group.first_profile + group.profiles; ++p) {
      const ChunkLoad load = load_of_(p);
      const size_t samples = load.most[ChunkLoad::kSamples];
      const bool links = load.most[ChunkLoad::kLinks] > samples * kMost32;
      const size_t times = load.most[ChunkLoad::kTimes] + load.most[ChunkLoad::kTimedValues];
      bytes += sizeof(SampleRows) + sizeof(Wanted) + samples * 8 * (1 + values) +
               (links ? samples * sizeof(LinkBytes) : 0) + (times > 0 ? samples * 9 : 0) +
               times * 8 + load.most[ChunkLoad::kPayloads];
    }
  }
  return bytes;
}

absl::StatusOr<std::vector<SampleRows>> MergedChunks::Take(uint32_t part) {
  encoding_.Release();
  if (part >= begin_ + ready_.size()) DOLERITE_RETURN_IF_ERROR(ReadFrom(part));
  // Memory of the chunk's encoding beside its rows, until the next chunk is asked for. The rows go
  // to the caller, who keeps them as long.
  const size_t rows = bytes_[part - begin_];
  DOLERITE_RETURN_IF_ERROR(encoding_.Take(3 * rows, "encoding a chunk"));
  held_.Return(rows);
  bytes_[part - begin_] = 0;
  return std::move(ready_[part - begin_]);
}

// Reads chunk `part` and those after it, as long as they fit into a quarter of what is left.
absl::Status MergedChunks::ReadFrom(uint32_t part) {
  begin_ = part;
  ready_.clear(), bytes_.clear();
  const size_t most = memory_->left() / 4;
  std::vector<Wanted> wanted;
  size_t bytes = 0;
  for (uint32_t next = part; next < table_.chunks.size(); ++next) {
    const size_t more = BytesOf(next);
    if (next > part && more > most - std::min(most, bytes)) break;
    DOLERITE_RETURN_IF_ERROR(held_.Take(more, "samples of chunks"));
    bytes += more;
    bytes_.push_back(more);
    std::vector<SampleRows>& rows = ready_.emplace_back();
    for (const RowGroup& group : table_.groups_of(table_.chunks[next])) {
      for (uint32_t p = group.first_profile; p < group.first_profile + group.profiles; ++p) {
        const MergeOrigin& from = origins_[p];
        wanted.push_back({from.source, sources_[from.source].chunk_of[from.row], from.row, next,
                          static_cast<uint32_t>(rows.size()), p});
        rows.emplace_back();
      }
    }
  }
  std::sort(wanted.begin(), wanted.end(), [](const Wanted& a, const Wanted& b) {
    return std::tie(a.source, a.chunk, a.row) < std::tie(b.source, b.chunk, b.row);
  });
  for (size_t i = 0, end = 0; i < wanted.size(); i = end) {
    while (end < wanted.size() && wanted[end].source == wanted[i].source) ++end;
    absl::Status status = ReadSource(std::span(wanted).subspan(i, end - i));
    if (status.ok()) continue;
    failed_ = wanted[i].source;
    return status;
  }
  return absl::OkStatus();
}

// All that is wanted of one source. Small neighbours among its chunks are fetched together.
absl::Status MergedChunks::ReadSource(std::span<const Wanted> wanted) {
  const MergeSource& source = sources_[wanted[0].source];
  IoCost io;
  io.memory = memory_, io.call = &call_;
  DatasetReader reader(BlockAccess::Of(*source.block), source.dataset, &io);
  const std::vector<uint32_t> sets = source.attribute_sets.Unpack();
  std::vector<uint32_t> stacks;
  uint32_t stacks_type = UINT32_MAX;
  size_t fetched = 0;  // of `wanted`
  const uint64_t together = std::min<uint64_t>(kFetchTogether, memory_->left() / 16);
  for (size_t i = 0, end = 0; i < wanted.size(); i = end) {
    if (i >= fetched) {
      std::vector<DatasetReader::Key> keys;
      while (fetched < wanted.size() && (keys.empty() || reader.StoredBytes(keys) < together)) {
        const uint32_t chunk = wanted[fetched].chunk;
        for (const DatasetReader::Key& key : SectionsOfChunk(chunk)) keys.push_back(key);
        while (fetched < wanted.size() && wanted[fetched].chunk == chunk) ++fetched;
      }
      DOLERITE_RETURN_IF_ERROR(reader.Fetch(keys));
    }
    const uint32_t chunk = wanted[i].chunk;
    while (end < wanted.size() && wanted[end].chunk == chunk) ++end;
    const std::span<const Wanted> of_chunk = wanted.subspan(i, end - i);
    const uint32_t type = source.table.chunks[chunk].type;
    if (type != stacks_type) stacks = source.stacks[type].Unpack();
    stacks_type = type;
    const auto is_wanted = [&](uint32_t row) {
      const auto at = std::lower_bound(of_chunk.begin(), of_chunk.end(), row,
                                       [](const Wanted& w, uint32_t r) { return w.row < r; });
      return at != of_chunk.end() && at->row == row;
    };
    DOLERITE_ASSIGN_OR_RETURN(
        ChunkProfiles read,
        ReadChunkProfiles(&reader, {&source.table, stacks, sets.size()}, chunk, is_wanted));
    reader.Drop(SectionsOfChunk(chunk));
    DOLERITE_RETURN_IF_ERROR(
        Place(source, of_chunk, sets, std::move(read.profiles), std::move(read.rows)));
  }
  return absl::OkStatus();
}

// Each profile's rows go to their slot, with ids of the output. Maps of ids keep the order, so rows
// stay sorted.
absl::Status MergedChunks::Place(const MergeSource& source, std::span<const Wanted> wanted,
                                 const std::vector<uint32_t>& attribute_sets,
                                 std::vector<uint32_t> profiles, std::vector<SampleRows> rows) {
  if (profiles.size() != wanted.size()) {
    return DataLoss(BlockAccess::Of(*source.block).Place(),
                    ": some profiles are in no row group of their chunk");
  }
  for (size_t i = 0; i < profiles.size(); ++i) {
    const auto at = std::lower_bound(wanted.begin(), wanted.end(), profiles[i],
                                     [](const Wanted& w, uint32_t r) { return w.row < r; });
    for (uint32_t& labels : rows[i].labels) labels = attribute_sets[labels];
    // The union holds what tables say is used, so it may lack a row that a damaged sample names.
    if (rows[i].size() != source.table.profiles[profiles[i]].samples) {
      return DataLoss(BlockAccess::Of(*source.block).Place(), ": profile ", profiles[i], " has ",
                      rows[i].size(), " samples, where its row says ",
                      source.table.profiles[profiles[i]].samples);
    }
    const uint32_t type = source.table.series[source.table.profiles[profiles[i]].series].type;
    const std::vector<uint32_t>& kept = source.values[type];
    if (!kept.empty()) KeepValues(kept, source.table.types[type].sample_types.size(), &rows[i]);
    if (change_) DOLERITE_RETURN_IF_ERROR(change_(at->profile, &rows[i]));
    ready_[at->part - begin_][at->slot] = std::move(rows[i]);
  }
  return absl::OkStatus();
}

}  // namespace dolerite
