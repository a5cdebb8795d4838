// A push adds its profiles to the ingester, notes their tickets, and schedules a flush. The flush
// stores a segment and asks which tickets have become certain; a push is answered when all of its
// own have. A segment that can't be stored now stays in the ingester, and the next flush tries it
// again: until then its pushes wait, or their time limit ends them.
#include "tenant.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "clock.h"
#include "dolerite/stores.h"

namespace dolerite::host {
namespace {

// Of decoded tables that each open block keeps.
constexpr size_t kTableBytes = size_t{1} << 20;

// Answers those who ask about a tenant without an archive, so that a question stores nothing.
absl::StatusOr<Snapshot> EmptySnapshot() {
  static const auto& empty = *new absl::StatusOr<Snapshot>([]() -> absl::StatusOr<Snapshot> {
    static ObjectStore* store = MakeMemoryStore().release();
    const ArchiveHost host{.random = Random, .now_nanos = NowNanos};
    if (absl::Status status = Archive::Create(store, host, {.probe = false}); !status.ok())
      return status;
    absl::StatusOr<Archive> archive = Archive::Open(store, host);
    if (!archive.ok()) return archive.status();
    return archive->TakeSnapshot();
  }());
  return empty;
}

// Small segments soon: they are compacted soon too, so that their size matters little.
IngesterOptions IngesterOptionsOf(const TenantOptions& options) {
  IngesterOptions out;
  out.segment_age_nanos = options.flush_nanos;
  out.memory_bytes = options.ingest_bytes;
  out.blocks.try_encodings = false;
  return out;
}

}  // namespace

Tenant::Tenant(std::unique_ptr<ObjectStore> store, const TenantOptions& options,
               const TenantShare& share)
    : store_(std::move(store)), options_(options), share_(share) {}

Tenant::~Tenant() { *share_.ingest_bytes -= counted_bytes_; }

absl::StatusOr<Archive*> Tenant::OpenArchive(bool create, const CallContext& call) {
  std::lock_guard<std::mutex> lock(opening_);
  if (archive_) return &*archive_;
  ArchiveHost host{.random = Random, .now_nanos = NowNanos, .executor = share_.executor};
  host.cache = share_.cache;
  host.reading.table_bytes = kTableBytes;
  absl::StatusOr<Archive> opened = Archive::Open(store_.get(), host, call);
  if (absl::IsNotFound(opened.status()) && create) {
    // The store was probed when the host found it empty.
    const absl::Status created = Archive::Create(store_.get(), host, {.probe = false}, call);
    if (!created.ok() && !absl::IsAlreadyExists(created)) return created;
    opened = Archive::Open(store_.get(), host, call);
  }
  if (!opened.ok()) return opened.status();
  archive_ = *std::move(opened);
  return &*archive_;
}

absl::Status Tenant::OpenIngester(const CallContext& call) {
  absl::StatusOr<Archive*> archive = OpenArchive(true, call);
  if (!archive.ok()) return archive.status();
  std::lock_guard<std::mutex> lock(mutex_);
  if (ingester_ != nullptr) return absl::OkStatus();
  auto ingester = Ingester::Make(*archive, IngesterOptionsOf(options_));
  if (!ingester.ok()) return ingester.status();
  ingester_ = *std::move(ingester);
  return absl::OkStatus();
}

// A snapshot that was taken after the last commit has all that was acknowledged here. One that is
// being taken while profiles become durable may lack them: the count is read before.
absl::StatusOr<Snapshot> Tenant::FreshSnapshot(bool anew, const CallContext& call) {
  absl::StatusOr<Archive*> archive = OpenArchive(false, call);
  if (absl::IsNotFound(archive.status())) return EmptySnapshot();
  if (!archive.ok()) return archive.status();
  std::lock_guard<std::mutex> refreshing(refreshing_);
  uint64_t commits;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    commits = commits_;
  }
  const bool fresh = snapshot_ && !anew && snapshot_commits_ == commits &&
                     NowNanos() - snapshot_->summary().taken_nanos < options_.snapshot_nanos;
  if (fresh) return *snapshot_;
  absl::StatusOr<Snapshot> taken = (*archive)->TakeSnapshot(call);
  if (!taken.ok()) return taken.status();
  snapshot_ = *std::move(taken);
  snapshot_commits_ = commits;
  return *snapshot_;
}

absl::Status Tenant::WithSnapshot(const std::function<absl::Status(const Snapshot&)>& work,
                                  const CallContext& call) {
  absl::Status done;
  for (const bool anew : {false, true}) {
    absl::StatusOr<Snapshot> snapshot = FreshSnapshot(anew, call);
    if (!snapshot.ok()) return snapshot.status();
    done = work(*snapshot);
    if (!absl::IsAborted(done)) break;
  }
  return done;
}

QueryOptions Tenant::Options(const CallContext& call) const {
  return {.memory_bytes = options_.query_bytes, .executor = share_.executor, .call = call};
}

void Tenant::Push(const std::vector<SeriesProfile>& profiles, const CallContext& call,
                  std::function<void(PushResult)> done) {
  Waiting push{.call = call, .done = std::move(done)};
  if (absl::Status ready = OpenIngester(call); !ready.ok()) {
    push.done({.status = ready});
    return;
  }
  {
    std::lock_guard<std::mutex> lock(mutex_);
    IngestTicket last = 0;
    if (*share_.ingest_bytes < options_.all_ingest_bytes) {
      AddAll(profiles, &push, &last);
    } else {
      push.result.status = absl::ResourceExhaustedError(
          "all tenants together wait for too many profiles to be stored, try again later");
    }
    // Even if the push has failed by now: what was added of it is stored, and sent again it adds
    // nothing.
    ScheduleFlush();
    if (push.result.status.ok() && push.profiles > 0) {
      pushes_.emplace(last, std::move(push));
      return;
    }
  }
  push.done(std::move(push.result));
}

// Under the lock, so that the tickets of a push have no gap, and that none of them becomes certain
// before the push waits for it.
void Tenant::AddAll(const std::vector<SeriesProfile>& profiles, Waiting* push, IngestTicket* last) {
  for (const SeriesProfile& profile : profiles) {
    absl::StatusOr<IngestTicket> ticket =
        ingester_->Add(profile.series, profile.profile, NowNanos());
    if (ticket.ok()) {
      *last = *ticket;
      if (push->profiles++ == 0) push->first = *ticket;
    } else if (absl::IsInvalidArgument(ticket.status())) {
      if (push->result.refused++ == 0) {
        push->result.refusal = std::string(ticket.status().message());
      }
    } else {
      push->result.status = ticket.status();
      return;
    }
  }
}

// Under the lock.
void Tenant::CountHeld() {
  const size_t held = ingester_->summary().memory_bytes;
  *share_.ingest_bytes += held - counted_bytes_;
  counted_bytes_ = held;
}

// Under the lock. Pushes wait for the time of a flush, which begins so much earlier as the last one
// took to encode and to store, but never before half of the time. Segments that are full go at
// once.
void Tenant::ScheduleFlush() {
  CountHeld();
  const IngesterSummary held = ingester_->summary();
  if (!flush_scheduled_ && (held.memory_bytes > 0 || !pushes_.empty())) {
    flush_scheduled_ = true;
    const int64_t early = std::min(flush_took_nanos_, options_.flush_nanos / 2);
    share_.later(options_.flush_nanos - early, [self = shared_from_this()] { self->Flush(); });
  }
  if (!store_scheduled_ && held.unstored_segments > 0 && held.waiting_profiles > 0) {
    store_scheduled_ = true;
    share_.later(0, [self = shared_from_this()] { self->StoreFull(); });
  }
}

void Tenant::Flush() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    flush_scheduled_ = false;
    if (ingester_ == nullptr) return;
  }
  const auto begin = std::chrono::steady_clock::now();
  Answer(ingester_->Flush(NowNanos()));
  std::lock_guard<std::mutex> lock(mutex_);
  flush_took_nanos_ = (std::chrono::steady_clock::now() - begin) / std::chrono::nanoseconds(1);
  ScheduleFlush();
}

void Tenant::StoreFull() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    store_scheduled_ = false;
  }
  // The segment in the making is younger than a flush, so it stays.
  Answer(ingester_->Tick(NowNanos()));
}

// Takes what has become certain to the pushes that wait for it.
void Tenant::Answer(const absl::Status& stored) {
  std::vector<Waiting> ended;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    const std::vector<IngestResult> results = ingester_->TakeResults();
    if (!results.empty()) ++commits_;
    CountHeld();
    for (const IngestResult& result : results) Settle(result, &ended);
    for (auto at = pushes_.begin(); at != pushes_.end();) {
      absl::Status left = at->second.call.Check();
      // Why it took so long is more use than that it did.
      if (!left.ok() && !stored.ok()) left = absl::UnavailableError(stored.message());
      at->second.result.status.Update(left);
      at = left.ok() ? std::next(at) : End(at, &ended);
    }
  }
  for (Waiting& push : ended) push.done(std::move(push.result));
}

// Under the lock. A segment may hold pushes in part: then others hold the rest.
void Tenant::Settle(const IngestResult& segment, std::vector<Waiting>* ended) {
  auto at = pushes_.lower_bound(segment.first);
  while (at != pushes_.end() && at->second.first <= segment.last) {
    Waiting& push = at->second;
    push.profiles -= std::min(at->first, segment.last) - std::max(push.first, segment.first) + 1;
    push.result.status.Update(segment.status);
    at = push.profiles > 0 ? std::next(at) : End(at, ended);
  }
}

Tenant::Pushes::iterator Tenant::End(Pushes::iterator push, std::vector<Waiting>* ended) {
  ended->push_back(std::move(push->second));
  return pushes_.erase(push);
}

absl::StatusOr<MaintainResult> Tenant::Maintain(size_t budget_bytes, const MaintainOptions& options,
                                                const CallContext& call) {
  absl::StatusOr<Archive*> archive = OpenArchive(false, call);
  if (!archive.ok()) return archive.status();
  return (*archive)->Maintain(NowNanos(), budget_bytes, options, call);
}

bool Tenant::idle() const {
  const IngesterSummary held = ingested();
  return held.waiting_profiles == 0 && held.unstored_segments == 0;
}

bool Tenant::known() const {
  std::lock_guard<std::mutex> lock(opening_);
  return archive_.has_value();
}

IngesterSummary Tenant::ingested() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return ingester_ == nullptr ? IngesterSummary() : ingester_->summary();
}

}  // namespace dolerite::host
