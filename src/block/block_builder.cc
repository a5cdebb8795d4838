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
#include <optional>
#include <stdexcept>

#include "base/status.h"
#include "block/block_writer.h"
#include "block/bounded_builder.h"
#include "block/dataset_builder.h"
#include "block/footer.h"
#include "block/format_bounds.h"

namespace dolerite {

struct BlockBuilder::State {
  enum class Condition {
    kOpen,
    kFinished,
    kBroken,  // memory ran out in the middle of a call: what is held may be half of a profile
  };

  std::shared_ptr<const BuilderSettings> settings;
  std::map<std::string, DatasetBuilder, std::less<>> datasets;
  // Of an earlier block, for the next new dataset. Not cleared yet.
  std::optional<DatasetBuilder> spare;
  SharedRemap shared;
  // Of all datasets, so that a host can ask after each Add.
  size_t memory_bytes = 0, profiles = 0;
  uint64_t footer_bytes = kFooterFixedBytes;
  Condition condition = Condition::kOpen;

  absl::Status Check() const;
  DatasetBuilder NewDataset();
  absl::Status Add(const LabelSet& series, const Profile& profile);
  absl::Status CheckMerge(const State& other) const;
  void Merge(State* other);
  void Retire(DatasetBuilder dataset);
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
  if (options.smallest && !options.try_encodings) {
    return InvalidArgument(
        "BlockOptions.smallest is set without try_encodings; set both or neither");
  }
  return CheckOption("link_filter_bits", options.link_filter_bits, 0, kMostFilterBits);
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
  auto state = std::make_unique<BlockBuilder::State>();
  state->settings = std::make_shared<const BuilderSettings>(BuilderSettings{options, bounds});
  return BlockBuilder(std::move(state));
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

absl::Status BlockBuilder::State::Check() const {
  if (condition == Condition::kFinished) return Finished();
  if (condition == Condition::kOpen) return absl::OkStatus();
  return ResourceExhausted("memory ran out in an earlier call of this block builder");
}

DatasetBuilder BlockBuilder::State::NewDataset() {
  if (!spare) return DatasetBuilder(settings);
  DatasetBuilder dataset = *std::move(spare);
  spare.reset();
  dataset.Clear();
  return dataset;
}

// Of all datasets that are done, the largest is kept for the next block.
void BlockBuilder::State::Retire(DatasetBuilder dataset) {
  if (!spare || spare->memory_bytes() < dataset.memory_bytes()) spare = std::move(dataset);
}

// A dataset that is new stays only if it took the profile. Totals are kept by difference: what the
// dataset takes after the call replaces what it took before.
absl::Status BlockBuilder::State::Add(const LabelSet& series, const Profile& profile) {
  const std::string_view name = series.Get(settings->options.dataset_label).value_or("");
  auto at = datasets.find(name);
  const bool is_new = at == datasets.end();
  if (is_new) at = datasets.try_emplace(std::string(name), NewDataset()).first;
  DatasetBuilder& dataset = at->second;
  // What the footer takes without this dataset.
  const uint64_t others =
      is_new ? footer_bytes + name.size() : footer_bytes - dataset.footer_bytes();
  const size_t memory_before = is_new ? 0 : dataset.memory_bytes();
  const uint64_t most = settings->bounds.footer_bytes;
  absl::Status added = dataset.Add(series, profile, most - std::min(most, others), &shared);
  if (!added.ok()) {
    if (is_new) Retire(std::move(datasets.extract(at).mapped()));
    return added;
  }
  footer_bytes = others + dataset.footer_bytes();
  memory_bytes += dataset.memory_bytes() - memory_before;
  ++profiles;
  return absl::OkStatus();
}

// Datasets that only one of the two has keep to the bounds as they are.
absl::Status BlockBuilder::State::CheckMerge(const State& other) const {
  if (this == &other) return InvalidArgument("a block builder cannot be merged into itself");
  DOLERITE_RETURN_IF_ERROR(Check());
  DOLERITE_RETURN_IF_ERROR(other.Check());
  if (*settings != *other.settings) {
    return InvalidArgument("the block builders were made with different BlockOptions");
  }
  uint64_t footer = footer_bytes;
  for (const auto& [name, dataset] : other.datasets) {
    const auto at = datasets.find(name);
    if (at == datasets.end()) {
      footer += name.size() + dataset.footer_bytes();
      continue;
    }
    DOLERITE_RETURN_IF_ERROR(at->second.CheckMerge(dataset));
    footer += at->second.footer_bytes_with(dataset) - at->second.footer_bytes();
  }
  return CheckLimit("bytes of the footer", footer, settings->bounds.footer_bytes);
}

// Datasets that only the other has move over whole.
void BlockBuilder::State::Merge(State* other) {
  while (!other->datasets.empty()) {
    auto node = other->datasets.extract(other->datasets.begin());
    const auto at = datasets.find(node.key());
    if (at == datasets.end()) {
      footer_bytes += node.key().size() + node.mapped().footer_bytes();
      memory_bytes += node.mapped().memory_bytes();
      datasets.insert(std::move(node));
      continue;
    }
    DatasetBuilder& dataset = at->second;
    footer_bytes -= dataset.footer_bytes();
    memory_bytes -= dataset.memory_bytes();
    dataset.Merge(std::move(node.mapped()));
    footer_bytes += dataset.footer_bytes();
    memory_bytes += dataset.memory_bytes();
  }
  profiles += other->profiles;
}

absl::Status BlockBuilder::Add(const LabelSet& series, const Profile& profile) {
  if (state_ == nullptr) return Finished();
  DOLERITE_RETURN_IF_ERROR(state_->Check());
  // Open again unless an exception leaves the call in the middle.
  state_->condition = State::Condition::kBroken;
  return WithoutBadAlloc("BlockBuilder::Add", [&] {
    absl::Status status = CheckProfile(profile, state_->settings->bounds);
    if (status.ok()) status = state_->Add(series, profile);
    state_->condition = State::Condition::kOpen;
    return status;
  });
}

absl::Status BlockBuilder::Merge(BlockBuilder&& other) {
  if (state_ == nullptr || other.state_ == nullptr) return Finished();
  State* const from = other.state_.get();
  return WithoutBadAlloc("BlockBuilder::Merge", [&]() -> absl::Status {
    DOLERITE_RETURN_IF_ERROR(state_->CheckMerge(*from));
    state_->condition = from->condition = State::Condition::kBroken;
    state_->Merge(from);
    state_->condition = State::Condition::kOpen;
    from->condition = State::Condition::kFinished;
    from->memory_bytes = from->profiles = 0;
    from->shared = {};
    return absl::OkStatus();
  });
}

void BlockBuilder::Reset(size_t kept_bytes) {
  if (state_ == nullptr) return;
  State& state = *state_;
  // A broken call may have left half of a profile.
  if (state.condition == State::Condition::kBroken) state.spare.reset();
  while (!state.datasets.empty()) {
    auto node = state.datasets.extract(state.datasets.begin());
    if (state.condition != State::Condition::kBroken) state.Retire(std::move(node.mapped()));
  }
  if (state.spare && state.spare->memory_bytes() > kept_bytes) state.spare.reset();
  state.memory_bytes = state.profiles = 0;
  state.shared = {};
  state.footer_bytes = kFooterFixedBytes;
  state.condition = State::Condition::kOpen;
}

size_t BlockBuilder::memory_bytes() const {
  return state_ == nullptr ? 0 : state_->memory_bytes + state_->shared.memory_bytes();
}
size_t BlockBuilder::profiles() const { return state_ == nullptr ? 0 : state_->profiles; }

absl::StatusOr<std::string> BlockBuilder::Finish(Executor* executor) && {
  std::string block;
  const ByteSink append = [&](std::string_view bytes) {
    block += bytes;
    return absl::OkStatus();
  };
  DOLERITE_RETURN_IF_ERROR(std::move(*this).Finish(append, executor));
  return block;
}

// The builder is finished whatever comes out.
absl::Status BlockBuilder::Finish(const ByteSink& sink, Executor* executor) && {
  if (state_ == nullptr) return Finished();
  DOLERITE_RETURN_IF_ERROR(state_->Check());
  state_->condition = State::Condition::kFinished;
  state_->memory_bytes = state_->profiles = 0;
  state_->shared = {};
  absl::Status status = WithoutBadAlloc(
      "BlockBuilder::Finish", [&] { return std::move(*this).WriteBlock(sink, executor); });
  state_->datasets.clear();
  return status;
}

// A dataset's profiles are freed when it is encoded, so at most one dataset is in memory in both
// forms; of the tables those of the largest stay. The map is in the order of names, as the footer
// wants.
absl::Status BlockBuilder::WriteBlock(const ByteSink& sink, Executor* executor) && {
  State* const state = state_.get();
  BlockWriter writer(state->settings->options, sink, state->datasets.size());
  DOLERITE_RETURN_IF_ERROR(writer.Begin());
  while (!state->datasets.empty()) {
    auto node = state->datasets.extract(state->datasets.begin());
    DOLERITE_ASSIGN_OR_RETURN(EncodedDataset dataset, node.mapped().Finish(node.key(), executor));
    state->Retire(std::move(node.mapped()));
    DOLERITE_RETURN_IF_ERROR(writer.Add(std::move(dataset)));
  }
  return std::move(writer).Finish().status();
}

}  // namespace dolerite
