// Three places hold profiles: the segment in the making (a builder), closed segments that wait for
// the store, and segments that a thread is storing. One lock guards all of them; nothing is encoded
// or sent under it.
#include "dolerite/ingester.h"

#include <algorithm>
#include <list>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "base/out_of_memory.h"
#include "base/status.h"

namespace dolerite {

Ingester::~Ingester() = default;

namespace {

// Encoded bytes for each byte of a builder's memory, until the first segment tells.
constexpr double kFirstRatio = 0.1;

// Whether the store will ever take the segment. If it may, the same bytes are sent again under the
// same name, which never adds them twice.
bool IsForGood(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kAborted:
    case absl::StatusCode::kResourceExhausted:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kCancelled:
    // Rights and credentials come back without the profiles being any other.
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kUnauthenticated:
      return false;
    default:
      return true;
  }
}

// Profiles that become one segment.
struct Batch {
  explicit Batch(BlockBuilder b) : builder(std::move(b)) {}

  std::optional<BlockBuilder> builder;  // none once it is encoded
  std::set<std::string, std::less<>> datasets;
  IngestTicket first = 0, last = 0;
  int64_t begun_nanos = 0;
  std::string bytes;    // once it is encoded; never made anew
  size_t held = 0;      // memory that is counted for it
  bool busy = false;    // a thread is encoding or storing it
  AppendResult result;  // once it is stored
};

// Tickets count profiles in the order of Add. A batch has a range of them without a gap, since a
// new one begins only when the last is closed.
class BatchingIngester : public Ingester {
 public:
  BatchingIngester(Archive* archive, const IngesterOptions& options)
      : archive_(archive), options_(options) {
    options_.blocks.dataset_label = archive->options().dataset_label;
  }

  absl::StatusOr<IngestTicket> Add(const LabelSet& series, const Profile& profile,
                                   int64_t now_nanos) override {
    return WithinMemory([&] { return AddLocked(series, profile, now_nanos); });
  }

  absl::Status Tick(int64_t now_nanos, const CallContext& call) override {
    return WithinMemory([&] { return Store(now_nanos, false, call); });
  }
  absl::Status Flush(int64_t now_nanos, const CallContext& call) override {
    return WithinMemory([&] { return Store(now_nanos, true, call); });
  }

  std::vector<IngestResult> TakeResults() override {
    std::lock_guard<std::mutex> lock(mutex_);
    return std::exchange(results_, {});
  }

  IngesterSummary summary() const override {
    std::lock_guard<std::mutex> lock(mutex_);
    IngesterSummary summary = summary_;
    summary.memory_bytes = held_;
    summary.waiting_profiles = making_ ? making_->last - making_->first + 1 : 0;
    summary.unstored_segments = closed_.size();
    return summary;
  }

 private:
  absl::StatusOr<IngestTicket> AddLocked(const LabelSet& series, const Profile& profile,
                                         int64_t now_nanos) {
    std::lock_guard<std::mutex> lock(mutex_);
    // Before anything is added. The batch that passes the bound is let in, so a profile of any size
    // has a chance.
    if (held_ >= options_.memory_bytes) {
      return ResourceExhausted("the ingester holds ", held_, " bytes, of the ",
                               options_.memory_bytes, " that it may: store segments first");
    }
    const std::string_view dataset = series.Get(options_.blocks.dataset_label).value_or("");
    // A dataset that the segment lacks, and has no room for, begins the next one.
    if (making_ && making_->datasets.find(dataset) == making_->datasets.end() &&
        making_->datasets.size() >= options_.segment_datasets) {
      Close();
    }
    absl::Status added = AddToBatch(series, profile, now_nanos);
    // The block is full before the segment was: it is closed, and a new one has room.
    if (absl::IsResourceExhausted(added) && making_ && making_->last != 0) {
      Close();
      added = AddToBatch(series, profile, now_nanos);
    }
    if (!added.ok()) return added;
    making_->datasets.emplace(dataset);
    making_->last = ++last_ticket_;
    if (making_->first == 0) making_->first = last_ticket_;
    const size_t held = making_->builder->memory_bytes();
    held_ += held - making_->held;
    making_->held = held;
    // By the ratio of the last segment: what the encoding will be is known only after it.
    if (static_cast<double>(held) * ratio_ >= static_cast<double>(options_.segment_bytes)) Close();
    return last_ticket_;
  }

  absl::Status AddToBatch(const LabelSet& series, const Profile& profile, int64_t now_nanos) {
    if (!making_) {
      DOLERITE_ASSIGN_OR_RETURN(BlockBuilder builder, BlockBuilder::Make(options_.blocks));
      making_.emplace(std::move(builder));
      making_->begun_nanos = now_nanos;
    }
    absl::Status added = making_->builder->Add(series, profile);
    // An empty batch would be a segment without profiles.
    if (!added.ok() && making_->last == 0) making_.reset();
    return added;
  }

  // The segment in the making waits for the store from now on.
  // From here its builder is not touched under the lock any more.
  void Close() {
    closed_.push_back(*std::move(making_));
    making_.reset();
  }

  absl::Status Store(int64_t now_nanos, bool all, const CallContext& call) {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      // A clock that went back would otherwise keep the segment open for long.
      const bool due = making_ && (now_nanos - making_->begun_nanos >= options_.segment_age_nanos ||
                                   now_nanos < making_->begun_nanos);
      if (making_ && (due || all)) Close();
    }
    absl::Status first;
    // Each segment gets one attempt a call.
    std::set<IngestTicket> tried;
    for (Batch* batch; (batch = Next(&tried)) != nullptr;) {
      const absl::Status stored = StoreOne(batch, call);
      Settle(batch, stored);
      if (first.ok()) first = stored;
      // Others are tried even after a failure, unless the host says stop.
      DOLERITE_RETURN_IF_ERROR(call.Check());
    }
    return first;
  }

  // The oldest first. `tried` is by first ticket, which no other batch has.
  Batch* Next(std::set<IngestTicket>* tried) {
    std::lock_guard<std::mutex> lock(mutex_);
    for (Batch& batch : closed_) {
      if (batch.busy || !tried->insert(batch.first).second) continue;
      batch.busy = true;
      return &batch;
    }
    return nullptr;
  }

  // Of a busy batch, so without the lock.
  absl::Status StoreOne(Batch* batch, const CallContext& call) {
    if (batch->builder) {
      // After an error the builder is lost, and with it what it held.
      absl::StatusOr<std::string> bytes = std::move(*batch->builder).Finish(options_.executor);
      batch->builder.reset();
      // For good: the profiles are lost, and their tickets say so.
      if (!bytes.ok()) return Internal("segment: ", ToStd(bytes.status().message()));
      batch->bytes = *std::move(bytes);
      std::lock_guard<std::mutex> lock(mutex_);
      // The next estimates follow what came out.
      ratio_ = static_cast<double>(batch->bytes.size()) / static_cast<double>(batch->held + 1);
      held_ += batch->bytes.size() - batch->held;
      batch->held = batch->bytes.size();
    }
    DOLERITE_ASSIGN_OR_RETURN(batch->result, Append(*batch, call));
    return absl::OkStatus();
  }

  // The time of its beginning is part of its name, so a repetition has the same one.
  absl::StatusOr<AppendResult> Append(const Batch& batch, const CallContext& call) {
    if (!options_.skip_known) {
      AppendResult result{.bytes = batch.bytes.size()};
      DOLERITE_ASSIGN_OR_RETURN(result.key, archive_->Append(batch.bytes, batch.begun_nanos, call));
      return result;
    }
    // Of two segments with one profile, the later must see the earlier.
    std::lock_guard<std::mutex> lock(appending_);
    return archive_->AppendMissing(batch.bytes, batch.begun_nanos, options_.blocks, call);
  }

  void Settle(Batch* batch, const absl::Status& stored) {
    std::lock_guard<std::mutex> lock(mutex_);
    batch->busy = false;
    // It stays in its place, and the next Tick tries it again.
    if (!stored.ok() && !IsForGood(stored)) return;
    results_.push_back(
        {batch->first, batch->last, batch->result.known, std::move(batch->result.damaged), stored});
    // Without a key all profiles were known, and no segment was made.
    if (stored.ok() && !batch->result.key.empty()) {
      ++summary_.stored_segments;
      summary_.stored_bytes += batch->result.bytes;
    }
    held_ -= batch->held;
    closed_.remove_if([&](const Batch& b) { return &b == batch; });
  }

  Archive* const archive_;
  IngesterOptions options_;
  std::mutex appending_;      // held while a segment is stored without what is known
  mutable std::mutex mutex_;  // of all below, but for the insides of busy batches
  std::optional<Batch> making_;
  std::list<Batch> closed_;  // oldest first; places stay while others come and go
  std::vector<IngestResult> results_;
  IngesterSummary summary_;
  IngestTicket last_ticket_ = 0;
  size_t held_ = 0;
  double ratio_ = kFirstRatio;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Ingester>> Ingester::Make(Archive* archive,
                                                         const IngesterOptions& options) {
  const auto wrong = [](std::string_view field) {
    return InvalidArgument("IngesterOptions::", field, " must be positive");
  };
  if (options.segment_age_nanos <= 0) return wrong("segment_age_nanos");
  if (options.segment_bytes == 0) return wrong("segment_bytes");
  if (options.segment_datasets == 0) return wrong("segment_datasets");
  if (options.memory_bytes == 0) return wrong("memory_bytes");
  // Refuses options that no builder takes now, not at the first profile.
  DOLERITE_RETURN_IF_ERROR(BlockBuilder::Make(options.blocks).status());
  return std::make_unique<BatchingIngester>(archive, options);
}

}  // namespace dolerite
