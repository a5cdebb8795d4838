// Opening reads the block's end once: the suffix holds trailer and footer, unless the footer is
// larger. All later reads of the block name the version that the first one saw, so an object that
// is replaced in between is noticed.
#include "dolerite/block_reader.h"

#include <algorithm>
#include <utility>

#include "base/checksum.h"
#include "base/out_of_memory.h"
#include "base/status.h"
#include "block/dataset_reader.h"
#include "block/read_profiles.h"
#include "dolerite/view_profiles.h"

namespace dolerite {

BlockReader::BlockReader(std::unique_ptr<Internal> internal) : internal_(std::move(internal)) {}
BlockReader::~BlockReader() = default;
BlockReader::BlockReader(BlockReader&&) noexcept = default;
BlockReader& BlockReader::operator=(BlockReader&&) noexcept = default;

const BlockSummary& BlockReader::summary() const { return internal_->summary; }

size_t BlockReader::kept_table_bytes() const {
  return internal_->tables == nullptr ? 0 : internal_->tables->bytes();
}

namespace {

// Footer and trailer, from the suffix or, if it is longer than that, with one more read.
absl::StatusOr<std::string> ReadFooterBytes(const BlockReader::Internal& in, size_t size,
                                            const CallContext& call) {
  const size_t wanted = size + kTrailerBytes;
  if (wanted <= in.suffix.bytes.size()) {
    return std::string(in.suffix.bytes.substr(in.suffix.bytes.size() - wanted));
  }
  DOLERITE_ASSIGN_OR_RETURN(ReadResult read,
                            in.store->Read(in.key, ByteRange::Last(wanted), in.Reading(call)));
  return std::string(read.slice.bytes);
}

// The profiles of dataset `d` in the given rows of its profile table; its first one has the index
// `first` in the block.
absl::Status ReadOfDataset(const BlockReader::Internal& block, size_t d, uint64_t first,
                           std::span<const uint32_t> rows, ProfileAssembler::Rows shared,
                           const BlockReader::ProfileVisitor& visit, const CallContext& call) {
  IoCost cost{.call = &call};
  DatasetReader dataset(block, d, &cost);
  DOLERITE_ASSIGN_OR_RETURN(const ProfileTable* table, dataset.Profiles());
  if (rows.back() >= table->profiles.size()) {
    return DataLoss(block.Place(), ": the footer counts ",
                    block.footer.datasets[d].summary.profiles, " profiles of dataset \"",
                    block.footer.datasets[d].summary.name, "\", its profile table has ",
                    table->profiles.size());
  }
  return VisitProfiles(&dataset, rows, shared,
                       [&](uint32_t row, Profile& profile) { return visit(first + row, profile); });
}

// Indices are sorted and made unique. So each dataset is opened once, and each of its chunks is
// read once, however many profiles are wanted.
absl::Status ReadSome(const BlockReader::Internal& block, std::span<const size_t> indices,
                      ProfileAssembler::Rows shared, const BlockReader::ProfileVisitor& visit,
                      const CallContext& call) {
  DOLERITE_RETURN_IF_ERROR(call.Check());
  std::vector<size_t> wanted(indices.begin(), indices.end());
  std::sort(wanted.begin(), wanted.end());
  wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
  uint64_t all = 0;
  for (const DatasetSummary& dataset : block.summary.datasets) all += dataset.profiles;
  if (!wanted.empty() && wanted.back() >= all) {
    return OutOfRange(block.Place(), ": no profile ", wanted.back(), "; there are ", all);
  }
  // Each dataset takes the indices below its end. `first` is the index of its first profile in the
  // block.
  uint64_t first = 0;
  auto next = wanted.begin();
  for (size_t d = 0; next != wanted.end(); ++d) {
    const uint64_t profiles = block.footer.datasets[d].summary.profiles;
    std::vector<uint32_t> rows;
    for (; next != wanted.end() && *next - first < profiles; ++next) {
      rows.push_back(static_cast<uint32_t>(*next - first));
    }
    if (!rows.empty()) {
      DOLERITE_RETURN_IF_ERROR(ReadOfDataset(block, d, first, rows, shared, visit, call));
    }
    first += profiles;
  }
  return absl::OkStatus();
}

// The listing points into the tables, so it owns copies of them: the reader of a dataset dies in
// each round.
absl::StatusOr<BlockReader::Listing> ListAll(const BlockReader::Internal& block,
                                             const CallContext& call) {
  constexpr size_t kProfilesBetweenChecks = 1 << 14;
  auto tables = std::make_shared<std::vector<ProfileTable>>(block.footer.datasets.size());
  BlockReader::Listing listing;
  for (size_t d = 0; d < tables->size(); ++d) {
    IoCost cost{.call = &call};
    DatasetReader dataset(block, d, &cost);
    DOLERITE_ASSIGN_OR_RETURN(const ProfileTable* read, dataset.Profiles());
    const ProfileTable& table = (*tables)[d] = *read;
    ProfileIds ids(table);
    for (const ProfileRow& row : table.profiles) {
      if (listing.profiles.size() % kProfilesBetweenChecks == 0) {
        DOLERITE_RETURN_IF_ERROR(call.Check());
      }
      ProfileSummary& out = listing.profiles.emplace_back();
      out.index = listing.profiles.size() - 1;
      out.dataset = block.footer.datasets[d].summary.name;
      out.series = &table.series[row.series].labels;
      out.type = &table.type_of(row);
      out.id = ids.Of(row);
      out.time_nanos = row.time_nanos;
      out.duration_nanos = row.duration_nanos;
      out.samples = row.samples;
      out.totals = row.exact_totals();
    }
  }
  listing.owner = std::move(tables);
  return listing;
}

// Everything that an open block keeps. The trailer says how long the footer is; DecodeFooter
// refuses what the summary must not show.
absl::Status ReadFooter(BlockReader::Internal* in, const CallContext& call) {
  const uint64_t bytes = in->summary.bytes;
  const BlockLimits& limits = in->options.limits;
  DOLERITE_ASSIGN_OR_RETURN(const size_t size, FooterSize(in->suffix.bytes, bytes, limits));
  DOLERITE_ASSIGN_OR_RETURN(const std::string footer, ReadFooterBytes(*in, size, call));
  DOLERITE_ASSIGN_OR_RETURN(in->footer, DecodeFooter(footer, bytes, limits, call));
  in->footer_offset = bytes - footer.size();
  if (in->options.table_bytes > 0) {
    in->tables = std::make_unique<TableCache>(in->options.table_bytes);
  }
  // The id is a hash of the footer, which has the checksums of all sections.
  in->summary.id = ContentHash128(footer);
  in->summary.format_version = kFormatVersion;
  in->summary.datasets.reserve(in->footer.datasets.size());
  for (const FooterDataset& dataset : in->footer.datasets) {
    in->summary.datasets.push_back(dataset.summary);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<BlockReader> BlockReader::Open(const ObjectStore* store, std::string key,
                                              const Options& options, const CallContext& call) {
  auto internal = std::make_unique<Internal>();
  internal->store = store;
  internal->key = std::move(key);
  internal->options = options;
  // A suffix shorter than the trailer could not be read, whatever the host asks for.
  absl::StatusOr<ReadResult> read = store->Read(
      internal->key, ByteRange::Last(std::max(options.suffix_bytes, kTrailerBytes)), {call, {}});
  if (!read.ok()) return internal->Failed(read.status(), call);
  internal->version = read->version;
  internal->suffix = std::move(read->slice);
  internal->suffix_offset = read->offset;
  internal->summary.bytes = read->object_size;
  if (absl::Status status = WithinMemory([&] { return ReadFooter(internal.get(), call); });
      !status.ok()) {
    return internal->Failed(status, call);
  }
  return BlockReader(std::move(internal));
}

// The suffix is the whole block, and there is no store: everything lies in the suffix.
absl::StatusOr<BlockReader> BlockReader::FromBytes(std::string_view bytes, const Options& options,
                                                   const CallContext& call) {
  DOLERITE_RETURN_IF_ERROR(call.Check());
  auto internal = std::make_unique<Internal>();
  internal->key = "in memory";
  internal->options = options;
  internal->suffix.bytes = bytes;
  internal->summary.bytes = bytes.size();
  if (absl::Status status = WithinMemory([&] { return ReadFooter(internal.get(), call); });
      !status.ok()) {
    return internal->Failed(status, call);
  }
  return BlockReader(std::move(internal));
}

// The visitor is called once, as one index names one profile.
absl::StatusOr<Profile> BlockReader::ReadProfile(size_t index, const CallContext& call) const {
  Profile found;
  DOLERITE_RETURN_IF_ERROR(ReadProfiles(
      {&index, 1},
      [&](size_t, Profile& profile) {
        found = std::move(profile);
        return absl::OkStatus();
      },
      call));
  return found;
}

absl::StatusOr<BlockReader::Listing> BlockReader::ListProfiles(const CallContext& call) const {
  return WithinMemory([&] { return ListAll(*internal_, call); });
}

absl::Status BlockReader::ReadProfiles(std::span<const size_t> indices, const ProfileVisitor& visit,
                                       const CallContext& call) const {
  return WithinMemory(
      [&] { return ReadSome(*internal_, indices, ProfileAssembler::Rows::kOwn, visit, call); });
}

absl::Status ViewProfiles(const BlockReader& block, std::span<const size_t> indices,
                          const ProfileView& view, const CallContext& call) {
  return WithinMemory([&] {
    return ReadSome(BlockAccess::Of(block), indices, ProfileAssembler::Rows::kShared, view, call);
  });
}

}  // namespace dolerite
