// The builder keeps a DatasetBuilder for each dataset and knows their totals, so that Add can
// refuse a profile before anything changes. WriteBlock ends the datasets one by one, by name,
// writes their cold sections at once and their hot ones behind all cold ones, then the footer.
//
// Every public call catches bad_alloc. After one in Add the builder may hold half of a profile, so
// it refuses all later calls.
#include "dolerite/block_builder.h"

#include <algorithm>
#include <map>
#include <new>
#include <stdexcept>

#include "base/checksum.h"
#include "base/status.h"
#include "block/bounded_builder.h"
#include "block/dataset_builder.h"
#include "block/footer.h"
#include "block/format_bounds.h"

namespace dolerite {

struct BlockBuilder::State {
  BlockOptions options;
  FormatBounds bounds;
  std::map<std::string, DatasetBuilder, std::less<>> datasets;
  // Of all datasets, so that a host can ask after each Add.
  size_t memory_bytes = 0, profiles = 0;
  uint64_t footer_bytes = kFooterFixedBytes;
  // Memory ran out in the middle of Add: what is held may be half of a profile.
  bool broken = false;

  absl::Status Add(const LabelSet& series, const Profile& profile);
};

namespace {

absl::Status CheckOption(std::string_view field, int64_t value, int64_t least, int64_t most) {
  if (value >= least && value <= most) return absl::OkStatus();
  return InvalidArgument("BlockOptions.", field, " is ", value, "; it must be from ", least, " to ",
                         most);
}

absl::Status CheckOptions(const BlockOptions& options) {
  constexpr int64_t kAnyCount = UINT32_MAX;
  // With 32 bits an id, a filter takes one id in five million for one that it holds.
  constexpr int64_t kMostFilterBits = 32;
  DOLERITE_RETURN_IF_ERROR(
      CheckOption("group_window_nanos", options.group_window_nanos, 1, INT64_MAX));
  DOLERITE_RETURN_IF_ERROR(
      CheckOption("samples_per_group", options.samples_per_group, 1, kAnyCount));
  DOLERITE_RETURN_IF_ERROR(
      CheckOption("samples_per_chunk", options.samples_per_chunk, 1, kAnyCount));
  DOLERITE_RETURN_IF_ERROR(CheckOption("stripe_bytes", options.stripe_bytes, 4'096, kAnyCount));
  DOLERITE_RETURN_IF_ERROR(CheckOption("zstd_level", options.zstd_level, 0, 19));
  return CheckOption("link_filter_bits", options.link_filter_bits, 0, kMostFilterBits);
}

// Hands sections to the sink and keeps account of where they are.
class BlockWriter {
 public:
  // The sink must outlive the writer.
  explicit BlockWriter(const ByteSink& sink) : sink_(sink) {}

  absl::Status Write(std::string_view bytes) {
    offset_ += bytes.size();
    return sink_(bytes);
  }

  // Also notes where the section is, for the footer. Its bounds were held by Add; the check here is
  // against a fault of the encoder.
  absl::Status Write(const EncodedSection& section, std::vector<SectionEntry>* entries) {
    DOLERITE_RETURN_IF_ERROR(
        CheckLimit("bytes of a section", section.decoded_bytes, kFormatBounds.section_bytes));
    entries->push_back({section.kind, section.encoding, section.part, offset_, section.bytes.size(),
                        section.decoded_bytes, Checksum64(section.bytes)});
    return Write(section.bytes);
  }

 private:
  const ByteSink& sink_;
  uint64_t offset_ = 0;
};

// Adds a padding section if the dataset would decode to more than readers take memory for by its
// size (FORMAT.md, section 5). Padding is the first section of a dataset.
void Pad(size_t datasets, EncodedDataset* dataset) {
  SectionBytes bytes;
  for (const auto* sections : {&dataset->cold, &dataset->hot}) {
    for (const EncodedSection& section : *sections) bytes.Add(section);
  }
  const uint64_t padding = PaddingFor(dataset->need, bytes, datasets);
  if (padding == 0) return;
  dataset->cold.insert(dataset->cold.begin(), EncodePadding(padding));
}

// What a valid profile may have, but a block cannot store.
absl::Status CheckProfile(const Profile& profile, const FormatBounds& bounds) {
  DOLERITE_RETURN_IF_ERROR(profile.Validate());
  if (profile.sample_types.empty() && profile.samples.size() > 0) {
    return InvalidArgument("the profile has samples but no sample type");
  }
  if (profile.sample_types.size() > bounds.sample_types) {
    return InvalidArgument("the profile has ", profile.sample_types.size(),
                           " sample types; a block takes at most ", bounds.sample_types);
  }
  return absl::OkStatus();
}

absl::Status Finished() {
  return FailedPrecondition("the block builder is finished or was moved from");
}

absl::Status Broken() {
  return ResourceExhausted("memory ran out in an earlier call of this block builder");
}

// Runs a call of the interface, which no std::bad_alloc leaves.
template <class Call>
auto WithoutBadAlloc(std::string_view name, const Call& call) -> decltype(call()) {
  try {
    try {
      return call();
    } catch (const std::bad_alloc&) {
    } catch (const std::length_error&) {
    }
    return ResourceExhausted(name, ": out of memory");
  } catch (const std::bad_alloc&) {
    // Not even the message has room: a status without one takes no memory.
    return absl::Status(absl::StatusCode::kResourceExhausted, "");
  }
}

}  // namespace

// For tests: a builder with smaller bounds.
absl::StatusOr<BlockBuilder> BoundedBuilder::Make(const BlockOptions& options,
                                                  const FormatBounds& bounds) {
  DOLERITE_RETURN_IF_ERROR(CheckOptions(options));
  return BlockBuilder(std::unique_ptr<BlockBuilder::State>(
      new BlockBuilder::State{.options = options, .bounds = bounds, .datasets = {}}));
}

absl::StatusOr<BlockBuilder> BlockBuilder::Make(const BlockOptions& options) {
  return WithoutBadAlloc("BlockBuilder::Make", [&]() -> absl::StatusOr<BlockBuilder> {
    return BoundedBuilder::Make(options, kFormatBounds);
  });
}

BlockBuilder::BlockBuilder(std::unique_ptr<State> state) : state_(std::move(state)) {}
BlockBuilder::~BlockBuilder() = default;
BlockBuilder::BlockBuilder(BlockBuilder&&) noexcept = default;
BlockBuilder& BlockBuilder::operator=(BlockBuilder&&) noexcept = default;

// A dataset that is new stays only if it took the profile. Totals are kept by difference: what the
// dataset takes after the call replaces what it took before.
absl::Status BlockBuilder::State::Add(const LabelSet& series, const Profile& profile) {
  const std::string_view name = series.Get(options.dataset_label).value_or("");
  auto at = datasets.find(name);
  const bool is_new = at == datasets.end();
  if (is_new) at = datasets.try_emplace(std::string(name), options, bounds).first;
  DatasetBuilder& dataset = at->second;
  // What the footer takes without this dataset.
  const uint64_t others =
      is_new ? footer_bytes + name.size() : footer_bytes - dataset.footer_bytes();
  const size_t memory_before = is_new ? 0 : dataset.memory_bytes();
  const uint64_t room = bounds.footer_bytes - std::min(bounds.footer_bytes, others);
  absl::Status added = dataset.Add(series, profile, room);
  if (!added.ok()) {
    if (is_new) datasets.erase(at);
    return added;
  }
  footer_bytes = others + dataset.footer_bytes();
  memory_bytes += dataset.memory_bytes() - memory_before;
  ++profiles;
  return absl::OkStatus();
}

absl::Status BlockBuilder::Add(const LabelSet& series, const Profile& profile) {
  if (state_ == nullptr) return Finished();
  if (state_->broken) return Broken();
  // Reset unless an exception leaves the call in the middle.
  state_->broken = true;
  return WithoutBadAlloc("BlockBuilder::Add", [&] {
    absl::Status status = CheckProfile(profile, state_->bounds);
    if (status.ok()) status = state_->Add(series, profile);
    state_->broken = false;
    return status;
  });
}

size_t BlockBuilder::memory_bytes() const { return state_ == nullptr ? 0 : state_->memory_bytes; }
size_t BlockBuilder::profiles() const { return state_ == nullptr ? 0 : state_->profiles; }

absl::StatusOr<std::string> BlockBuilder::Finish() && {
  std::string block;
  DOLERITE_RETURN_IF_ERROR(std::move(*this).Finish([&](std::string_view bytes) {
    block += bytes;
    return absl::OkStatus();
  }));
  return block;
}

// The call consumes the builder: its state moves into WriteBlock and dies there.
absl::Status BlockBuilder::Finish(const ByteSink& sink) && {
  if (state_ == nullptr) return Finished();
  if (state_->broken) return Broken();
  return WithoutBadAlloc("BlockBuilder::Finish", [&] { return std::move(*this).WriteBlock(sink); });
}

absl::Status BlockBuilder::WriteBlock(const ByteSink& sink) && {
  const std::unique_ptr<State> state = std::move(state_);
  BlockWriter writer(sink);
  DOLERITE_RETURN_IF_ERROR(writer.Write(kMagic));
  // Hot parts wait, encoded, until all bodies are out.
  const size_t count = state->datasets.size();
  std::vector<EncodedDataset> datasets;
  std::vector<std::vector<SectionEntry>> entries;
  // Extracting a dataset from the map frees what it collected as soon as it is encoded, so at most
  // one dataset is in memory in both forms. The map is in the order of names, as the footer wants.
  while (!state->datasets.empty()) {
    auto node = state->datasets.extract(state->datasets.begin());
    datasets.push_back(std::move(node.mapped()).Finish(node.key()));
    entries.emplace_back();
    Pad(count, &datasets.back());
    for (EncodedSection& section : datasets.back().cold) {
      DOLERITE_RETURN_IF_ERROR(writer.Write(section, &entries.back()));
      // The section is written; only its entry is still needed.
      section.bytes = {};
    }
  }
  Footer footer;
  for (size_t d = 0; d < datasets.size(); ++d) {
    for (const EncodedSection& section : datasets[d].hot) {
      DOLERITE_RETURN_IF_ERROR(writer.Write(section, &entries[d]));
    }
    FooterDataset& dataset = datasets[d].footer;
    dataset.first_section = static_cast<uint32_t>(footer.sections.size());
    dataset.sections = static_cast<uint32_t>(entries[d].size());
    // Readers search them; in the block they stand by stripes.
    std::sort(entries[d].begin(), entries[d].end(),
              [](const SectionEntry& a, const SectionEntry& b) { return a.key() < b.key(); });
    footer.sections.insert(footer.sections.end(), entries[d].begin(), entries[d].end());
    footer.datasets.push_back(std::move(dataset));
  }
  return writer.Write(EncodeFooter(footer, state->options));
}

}  // namespace dolerite
