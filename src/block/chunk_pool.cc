// Samples of a chunk are sorted by stack already. So whoever merges chunks keeps the samples of a
// run together and sorts these pieces: none is dealt out to its profile and found again. Ordinals,
// stacks and label sets get their new ids on the way; values and codes of links stay as they are.
#include "block/chunk_pool.h"

#include <algorithm>
#include <utility>

#include "base/status.h"

namespace dolerite {

namespace {

// What a chunk has beside runs and ordinals, by sample.
struct PoolColumns {
  std::vector<std::vector<int64_t>> values;  // Go heap: the two counts
  std::vector<uint32_t> link_codes;          // empty: no links
  std::vector<LinkBytes> links;
};

absl::Status ReadColumns(DatasetReader* dataset, uint32_t part, ChunkReader* chunk,
                         PoolColumns* out) {
  DOLERITE_RETURN_IF_ERROR(OpenBodies(dataset, part, true, chunk));
  if (chunk->is_heap()) {
    out->values.resize(2);
    for (size_t i = 0; i < 2; ++i) DOLERITE_RETURN_IF_ERROR(chunk->Counts(i, &out->values[i]));
  } else {
    DOLERITE_RETURN_IF_ERROR(chunk->AllValues(&out->values));
  }
  DOLERITE_ASSIGN_OR_RETURN(const SectionReader* links, dataset->Find(SectionKind::kLinks, part));
  if (links == nullptr) return absl::OkStatus();
  return chunk->LinkCodes(*links, &out->link_codes, &out->links);
}

// Deals the runs of one chunk out.
class Dealer {
 public:
  Dealer(const ChunkReader& chunk, const PoolColumns& columns, std::vector<PoolPlace> places,
         std::span<const uint32_t> attribute_sets)
      : chunk_(chunk),
        columns_(columns),
        places_(std::move(places)),
        sets_(attribute_sets),
        slots_(chunk.SlotOf()) {}

  // Each profile must have the samples that its row tells: pools have room for these.
  absl::Status Check(const SectionReader& heads) const;
  bool Run();

 private:
  bool Prepare();
  size_t EndOfPiece(size_t begin, size_t end) const;
  bool AddPiece(size_t run, size_t begin, size_t end);
  void CopyLinks(size_t begin, size_t end, size_t at, ChunkPool* pool);

  const ChunkReader& chunk_;
  const PoolColumns& columns_;
  const std::vector<PoolPlace> places_;  // by slot
  const std::span<const uint32_t> sets_;
  const std::vector<uint32_t> slots_;  // by sample
  size_t next_link_ = 0;
};

absl::Status Dealer::Check(const SectionReader& heads) const {
  std::vector<uint64_t> samples(places_.size());
  for (uint32_t slot : slots_) ++samples.data()[slot];
  for (size_t slot = 0; slot < places_.size(); ++slot) {
    if (places_[slot].pool == nullptr || samples[slot] == places_[slot].samples) continue;
    return heads.Damaged(Concat("a profile has ", samples[slot], " samples, where its row says ",
                                places_[slot].samples));
  }
  return absl::OkStatus();
}

// The columns that pools need for this chunk. False if one has others.
bool Dealer::Prepare() {
  std::vector<char> linked(places_.size(), 0);
  const uint32_t* slot_of = slots_.data();
  for (uint32_t code : columns_.link_codes) linked.data()[*slot_of++] |= code != 0;
  for (size_t slot = 0; slot < places_.size(); ++slot) {
    ChunkPool* const pool = places_[slot].pool;
    if (pool == nullptr) continue;
    if (!pool->heap) {
      pool->heap = chunk_.is_heap();
      pool->values.resize(columns_.values.size());
      for (std::vector<int64_t>& column : pool->values) column.resize(pool->size());
    }
    if (*pool->heap != chunk_.is_heap()) return false;
    if (!linked[slot]) continue;
    pool->linked_samples += places_[slot].samples;
    pool->link_codes.resize(pool->size());
  }
  return true;
}

// As far as samples of a run go to the same group.
size_t Dealer::EndOfPiece(size_t begin, size_t end) const {
  const PoolPlace* const places = places_.data();
  const uint32_t* const slots = slots_.data();
  const PoolPlace& first = places[slots[begin]];
  size_t at = begin + 1;
  for (uint32_t slot = slots[begin]; at < end; ++at) {
    // Most neighbours are of one profile or of two that stay neighbours.
    if (slots[at] == slot) continue;
    slot = slots[at];
    if (places[slot].pool != first.pool || places[slot].group != first.group) break;
  }
  return at;
}

bool Dealer::Run() {
  if (!Prepare()) return false;
  size_t begin = 0;
  const uint32_t* const lengths = chunk_.runs().length.data();
  for (size_t run = 0; run < chunk_.runs().stack.size(); ++run) {
    const size_t end = begin + lengths[run];
    while (begin < end) {
      const size_t next = EndOfPiece(begin, end);
      if (!AddPiece(run, begin, next)) return false;
      begin = next;
    }
  }
  return true;
}

// Samples [begin, end) of a run.
bool Dealer::AddPiece(size_t run, size_t begin, size_t end) {
  const uint32_t* const slots = slots_.data();
  const PoolPlace* const places = places_.data();
  ChunkPool* const pool = places[slots[begin]].pool;
  const size_t at = pool == nullptr ? 0 : pool->filled;
  if (!columns_.link_codes.empty()) CopyLinks(begin, end, at, pool);
  if (pool == nullptr) return true;
  uint32_t* ordinal = pool->ordinals.data() + at;
  for (size_t i = begin; i < end; ++i) *ordinal++ = places[slots[i]].ordinal;
  uint32_t* labels = pool->labels.data() + at;
  if (chunk_.labels_in_key()) {
    const uint32_t set = sets_.data()[chunk_.runs().labels.data()[run]];
    for (size_t i = begin; i < end; ++i) *labels++ = set;
    if (chunk_.is_heap()) {
      const HeapScale scale = chunk_.ScaleOf(run);
      const auto known = pool->scales.try_emplace(set, scale).first;
      if (known->second != scale) return false;
    }
  } else {
    const uint32_t* const sets = chunk_.body_labels().data();
    const uint32_t* const merged = sets_.data();
    for (size_t i = begin; i < end; ++i) *labels++ = merged[sets[i]];
  }
  // Most pieces are short: a call to copy them would take longer.
  std::vector<int64_t>* to = pool->values.data();
  for (const std::vector<int64_t>& column : columns_.values) {
    const int64_t* const from = column.data() + begin;
    int64_t* const values = to++->data() + at;
    for (size_t i = 0; i < end - begin; ++i) values[i] = from[i];
  }
  pool->Add({places[slots[begin]].group, chunk_.runs().stack.data()[run], static_cast<uint32_t>(at),
             static_cast<uint32_t>(end - begin)});
  return true;
}

// Ids of links stand in the order of their samples, those that go nowhere among them.
void Dealer::CopyLinks(size_t begin, size_t end, size_t at, ChunkPool* pool) {
  for (size_t i = begin; i < end; ++i, ++at) {
    const uint32_t code = columns_.link_codes.data()[i];
    if (code == 0) continue;
    const bool is_new = code == 1;
    if (pool != nullptr) {
      pool->link_codes.data()[at] = code;
      if (is_new) pool->links.push_back(columns_.links[next_link_]);
    }
    next_link_ += is_new;
  }
}

}  // namespace

absl::StatusOr<bool> AddToPools(DatasetReader* dataset, const ChunkTables& tables,
                                std::span<const uint32_t> attribute_sets, uint32_t part,
                                const std::function<PoolPlace(uint32_t)>& place_of) {
  DOLERITE_ASSIGN_OR_RETURN(ChunkReader chunk, OpenWholeChunk(dataset, tables, part));
  DOLERITE_ASSIGN_OR_RETURN(const SectionReader* heads, dataset->Get(SectionKind::kHeads, part));
  PoolColumns columns;
  DOLERITE_RETURN_IF_ERROR(ReadColumns(dataset, part, &chunk, &columns));
  DOLERITE_RETURN_IF_ERROR(CheckLabels(*heads, chunk, tables.attribute_sets));
  DOLERITE_RETURN_IF_ERROR(heads->Take(chunk.samples(), 2 * sizeof(uint32_t)));
  std::vector<PoolPlace> places;
  for (uint32_t profile : chunk.Profiles()) places.push_back(place_of(profile));
  Dealer dealer(chunk, columns, std::move(places), attribute_sets);
  DOLERITE_RETURN_IF_ERROR(dealer.Check(*heads));
  return dealer.Run();
}

}  // namespace dolerite
