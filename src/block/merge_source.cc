// An output chunk holds profiles of a few series, an input chunk often profiles of all series in a
// short time. So chunks of the output are read several at a time: all of their profiles are sorted
// by where they come from, each input chunk is decoded once, and its rows are dealt out.
#include "block/merge_source.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/status.h"
#include "block/chunk_order.h"
#include "block/read_rows.h"

namespace dolerite {

namespace {

// Stored bytes of input chunks that are fetched together.
constexpr uint64_t kFetchTogether = 1 << 20;

absl::Status ProfileIsMissing(const BlockReader::Internal& block) {
  return DataLoss(block.Place(), ": some profiles are in no row group of their chunk");
}

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

// Whether the samples of a chunk need not become rows of profiles.
bool MergedChunks::CanPool(uint32_t part) const {
  if (rows_only_ || change_) return false;
  for (const RowGroup& group : table_.groups_of(table_.chunks[part])) {
    for (uint32_t p = group.first_profile; p < group.first_profile + group.profiles; ++p) {
      const MergeSource& source = sources_[origins_[p].source];
      if (!source.plain[source.chunk_of[origins_[p].row]]) return false;
    }
  }
  return true;
}

// The rows of all profiles of a chunk, or their pool; and these while the chunk is encoded.
MergedChunks::Bytes MergedChunks::BytesOf(uint32_t part, bool pooled) const {
  const Chunk& chunk = table_.chunks[part];
  const size_t values = table_.types[chunk.type].sample_types.size();
  Bytes bytes;
  for (const RowGroup& group : table_.groups_of(chunk)) {
    for (uint32_t p = group.first_profile; p < group.first_profile + group.profiles; ++p) {
      const ChunkLoad load = load_of_(p);
      const size_t samples = load.most[ChunkLoad::kSamples];
      const bool links = load.most[ChunkLoad::kLinks] > samples * kMost32;
      const size_t times = load.most[ChunkLoad::kTimes] + load.most[ChunkLoad::kTimedValues];
      const size_t of_sample = 8 * (1 + values) + (links ? sizeof(LinkBytes) : 0);
      if (pooled) {
        const size_t code = links ? sizeof(uint32_t) : 0;
        bytes.held += sizeof(Wanted) + sizeof(PoolPlace) +
                      samples * (of_sample + code + sizeof(ChunkPool::Piece));
        bytes.encoding += samples * (2 * of_sample + 2 * code + sizeof(StoredSample) + 16);
      } else {
        bytes.held += sizeof(SampleRows) + sizeof(Wanted) + samples * of_sample +
                      (times > 0 ? samples * 9 : 0) + times * 8 + load.most[ChunkLoad::kPayloads];
      }
    }
  }
  if (!pooled) bytes.encoding = 3 * bytes.held;
  return bytes;
}

absl::StatusOr<SamplesOfChunk> MergedChunks::Take(uint32_t part) {
  encoding_.Release();
  if (part >= begin_ + ready_.size()) DOLERITE_RETURN_IF_ERROR(ReadFrom(part));
  // Memory of the chunk's samples and their encoding, until the next chunk is asked for: samples go
  // to the caller, who keeps them as long.
  Bytes& bytes = bytes_[part - begin_];
  DOLERITE_RETURN_IF_ERROR(encoding_.Take(bytes.encoding, "encoding a chunk"));
  held_.Return(std::exchange(bytes.held, 0));
  return std::move(ready_[part - begin_]);
}

// Reads chunk `part` and some after it.
absl::Status MergedChunks::ReadFrom(uint32_t part) {
  DOLERITE_ASSIGN_OR_RETURN(const bool read, Read(part, CanPool(part)));
  if (read) return absl::OkStatus();
  rows_only_ = true;
  return Read(part, false).status();
}

// Chunk `part` and those after it of its kind, as long as they fit into a quarter of what is left.
// False if pools did not take them.
absl::StatusOr<bool> MergedChunks::Read(uint32_t part, bool pooled) {
  begin_ = part;
  for (const Bytes& bytes : bytes_) held_.Return(bytes.held);
  ready_.clear(), bytes_.clear();
  const size_t most = memory_->left() / 4;
  std::vector<Wanted> wanted;
  size_t bytes = 0;
  for (uint32_t next = part; next < table_.chunks.size() && CanPool(next) == pooled; ++next) {
    const Bytes more = BytesOf(next, pooled);
    if (next > part && more.held > most - std::min(most, bytes)) break;
    DOLERITE_RETURN_IF_ERROR(held_.Take(more.held, "samples of chunks"));
    bytes += more.held;
    bytes_.push_back(more);
    Want(next, pooled, &wanted);
  }
  std::sort(wanted.begin(), wanted.end(), [](const Wanted& a, const Wanted& b) {
    return std::tie(a.source, a.chunk, a.row) < std::tie(b.source, b.chunk, b.row);
  });
  for (size_t i = 0, end = 0; i < wanted.size(); i = end) {
    while (end < wanted.size() && wanted[end].source == wanted[i].source) ++end;
    absl::StatusOr<bool> read = ReadSource(std::span(wanted).subspan(i, end - i), pooled);
    if (!read.ok()) failed_ = wanted[i].source;
    if (!read.ok() || !*read) return read;
  }
  return true;
}

// Makes room for a chunk, and lists what is wanted for it.
void MergedChunks::Want(uint32_t part, bool pooled, std::vector<Wanted>* wanted) {
  uint64_t samples = 0;
  uint32_t slot = 0;
  const Chunk& chunk = table_.chunks[part];
  for (uint32_t g = 0; g < chunk.groups; ++g) {
    const RowGroup& group = table_.groups[chunk.first_group + g];
    for (uint32_t i = 0; i < group.profiles; ++i) {
      const uint32_t p = group.first_profile + i;
      const MergeOrigin& from = origins_[p];
      wanted->push_back(
          {from.source, sources_[from.source].chunk_of[from.row], from.row, part, slot++, p, g, i});
      samples += table_.profiles[p].samples;
    }
  }
  if (pooled) {
    ready_.emplace_back(ChunkPool(samples));
  } else {
    ready_.emplace_back(std::vector<SampleRows>(slot));
  }
}

// All that is wanted of one source. Small neighbours among its chunks are fetched together.
absl::StatusOr<bool> MergedChunks::ReadSource(std::span<const Wanted> wanted, bool pooled) {
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
    const ChunkTables tables = {&source.table, stacks, sets.size()};
    if (pooled) {
      DOLERITE_ASSIGN_OR_RETURN(const bool added, Pool(&reader, tables, sets, of_chunk));
      if (!added) return false;
      reader.Drop(SectionsOfChunk(chunk));
      continue;
    }
    const auto is_wanted = [&](uint32_t row) { return Find(of_chunk, row) != nullptr; };
    DOLERITE_ASSIGN_OR_RETURN(ChunkProfiles read,
                              ReadChunkProfiles(&reader, tables, chunk, is_wanted));
    reader.Drop(SectionsOfChunk(chunk));
    DOLERITE_RETURN_IF_ERROR(
        Place(source, of_chunk, sets, std::move(read.profiles), std::move(read.rows)));
  }
  return true;
}

// By row; null if it is not wanted.
const MergedChunks::Wanted* MergedChunks::Find(std::span<const Wanted> wanted, uint32_t row) {
  const auto at = std::lower_bound(wanted.begin(), wanted.end(), row,
                                   [](const Wanted& w, uint32_t r) { return w.row < r; });
  return at != wanted.end() && at->row == row ? &*at : nullptr;
}

// What is wanted of one chunk. A damaged table may name a profile twice: the second one goes
// nowhere.
absl::StatusOr<bool> MergedChunks::Pool(DatasetReader* reader, const ChunkTables& tables,
                                        std::span<const uint32_t> attribute_sets,
                                        std::span<const Wanted> wanted) {
  std::vector<char> found(wanted.size(), 0);
  const auto place_of = [&](uint32_t row) -> PoolPlace {
    const Wanted* const to = Find(wanted, row);
    if (to == nullptr || std::exchange(found[to - wanted.data()], 1)) return {};
    return {&std::get<ChunkPool>(ready_[to->part - begin_]), to->group, to->ordinal,
            tables.table->profiles[row].samples};
  };
  DOLERITE_ASSIGN_OR_RETURN(const bool added,
                            AddToPools(reader, tables, attribute_sets, wanted[0].chunk, place_of));
  if (std::find(found.begin(), found.end(), 0) == found.end()) return added;
  return ProfileIsMissing(BlockAccess::Of(*sources_[wanted[0].source].block));
}

// Each profile's rows go to their slot, with ids of the output. Maps of ids keep the order, so rows
// stay sorted.
absl::Status MergedChunks::Place(const MergeSource& source, std::span<const Wanted> wanted,
                                 const std::vector<uint32_t>& attribute_sets,
                                 std::vector<uint32_t> profiles, std::vector<SampleRows> rows) {
  if (profiles.size() != wanted.size()) return ProfileIsMissing(BlockAccess::Of(*source.block));
  for (size_t i = 0; i < profiles.size(); ++i) {
    const Wanted* const at = Find(wanted, profiles[i]);
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
    std::get<std::vector<SampleRows>>(ready_[at->part - begin_])[at->slot] = std::move(rows[i]);
  }
  return absl::OkStatus();
}

}  // namespace dolerite
