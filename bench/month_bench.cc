// What does an archive cost that lives for a month? A segment every 10 s, the default policy, a
// clock of its own; requests are counted and priced as S3 prices them.
//
//   month_bench [DAYS] [corpus|small] [PROFILES] [SERVICES]
//
// DAYS are lived (1). Each segment holds PROFILES profiles (1) of SERVICES services (20), in turn.
// Requests do not depend on them. Bytes by level depend on the profiles of one service in a block:
// `5 1` is one of 20 services that send 10 profiles/s together, and costs a 20th of the time.
// `corpus` takes the profiles of the corpus, shifted in time; `small` (the default) makes profiles
// of one sample, so that a month takes minutes.
#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dolerite/archive.h"
#include "dolerite/forwarding_store.h"
#include "dolerite/stores.h"
#include "support/series.h"
#include "support/table.h"

namespace {

using namespace dolerite;
using namespace dolerite::bench;

constexpr int64_t kSecond = 1'000'000'000, kMinute = 60 * kSecond;
constexpr int64_t kBegin = int64_t{1'700'006'400} * kSecond;  // a midnight
constexpr size_t kLevels = 4;                                 // segments, and what policies make

struct Costs {
  uint64_t puts = 0, lists = 0, reads = 0, deletes = 0, names = 0;
  std::array<uint64_t, kLevels> written = {};

  double dollars() const {  // of requests
    return (static_cast<double>(puts + lists) * 5 + static_cast<double>(reads) * 0.4) / 1e6;
  }
  uint64_t all_written() const {
    uint64_t sum = 0;
    for (uint64_t bytes : written) sum += bytes;
    return sum;
  }
  Costs& operator+=(const Costs& other) {
    puts += other.puts, lists += other.lists, reads += other.reads, deletes += other.deletes;
    names += other.names;
    for (size_t i = 0; i < kLevels; ++i) written[i] += other.written[i];
    return *this;
  }
};

// Counts requests. `level` is that of what is being written.
class CountingStore : public ForwardingStore {
 public:
  using ForwardingStore::ForwardingStore;
  mutable Costs costs;
  size_t level = 0;

 protected:
  absl::StatusOr<ReadResult> DoRead(std::string_view key, const ByteRange& range,
                                    const CallOptions& options) const override {
    ++costs.reads;
    return inner()->Read(key, range, options);
  }
  absl::StatusOr<ReadManyResult> DoReadMany(std::string_view key, std::span<const ByteRange> ranges,
                                            const CallOptions& options) const override {
    return ObjectStore::DoReadMany(key, ranges, options);
  }
  // An upload is one request here, and not one for each 5 MiB.
  absl::StatusOr<std::unique_ptr<Upload>> DoStartUpload(std::string_view key,
                                                        const CallOptions& options) override {
    return ObjectStore::DoStartUpload(key, options);
  }
  absl::StatusOr<std::string> DoPut(std::string_view key, std::string_view bytes,
                                    const PutOptions& put, const CallOptions& options) override {
    ++costs.puts;
    if (key.starts_with("segments/")) costs.written[0] += bytes.size();
    if (key.starts_with("blocks/")) costs.written[level] += bytes.size();
    return inner()->Put(key, bytes, put, options);
  }
  absl::StatusOr<ListPage> DoList(std::string_view prefix, const ListOptions& list,
                                  const CallOptions& options) const override {
    ++costs.lists;
    auto page = inner()->List(prefix, list, options);
    if (page.ok()) costs.names += page->objects.size();
    return page;
  }
  absl::Status DoDelete(std::string_view key, const CallOptions& options) override {
    ++costs.deletes;
    return inner()->Delete(key, options);
  }
};

// Profiles in the order in which services send them. All run the same program.
class Profiles {
 public:
  Profiles(bool corpus, size_t services) : services_(services) {
    if (!corpus) return;
    const Series* series = FindSeries("checkout-whole");
    Require(series != nullptr, "there is no corpus");
    kept_ = ReadProfiles(series->sources);
  }

  Profile Next(int64_t time_nanos, LabelSet* series) {
    const uint64_t turn = count_ / services_;
    const std::string service = "service-" + std::to_string(count_ % services_);
    *series = {{"service_name", service}, {"pod", service + std::to_string(turn % 3)}};
    Profile profile = kept_.empty() ? Small() : kept_[turn % kept_.size()];
    ++count_;
    profile.time_nanos = time_nanos;
    profile.id = {};
    return profile;
  }

 private:
  Profile Small() const {
    Profile p;
    p.sample_types.push_back({p.symbols.strings.Add("cpu"), p.symbols.strings.Add("count")});
    const StringId name = p.symbols.strings.Add("f" + std::to_string(count_ % 7));
    p.symbols.locations.lines.items.push_back({p.symbols.AddFunction(name, name, name, 1), 1, 1});
    p.stacks.items.push_back(p.symbols.AddLocation({}, 4096));
    p.stacks.Close();
    p.samples.stack.push_back({1});
    p.samples.attributes.push_back({});
    p.samples.values.push_back(1 + static_cast<int64_t>(count_ % 1000));
    return p;
  }

  const size_t services_;
  std::vector<Profile> kept_;
  uint64_t count_ = 0;
};

class Life {
 public:
  Life(bool corpus, size_t profiles, size_t services)
      : profiles_(corpus, services), each_(profiles) {
    host_.random = [this] { return state_ = state_ * 6364136223846793005u + 1442695040888963407u; };
    host_.now_nanos = [this] { return now_; };
    Must(Archive::Create(&store_, host_, {.probe = false}));
    archive_ = std::make_unique<Archive>(Must(Archive::Open(&store_, host_)));
    store_.costs = {};
  }

  // A segment every 10 s; every 10 minutes what is due is compacted, every half hour collected.
  Costs LiveADay() {
    store_.costs = {};
    for (int tick = 1; tick <= 8'640; ++tick) {
      now_ += 10 * kSecond;
      Append();
      if (tick % 60 == 0) Compact();
      if (tick % 180 == 0) Must(archive_->Collect());
    }
    return store_.costs;
  }

  SnapshotSummary Summary() const { return Must(archive_->TakeSnapshot()).summary(); }
  size_t Objects() const { return Must(memory_->ListAll("")).size(); }

 private:
  void Append() {
    BlockBuilder builder = Must(BlockBuilder::Make());
    for (size_t i = 0; i < each_; ++i) {
      LabelSet series;
      const Profile profile = profiles_.Next(now_ - static_cast<int64_t>(i) * kSecond, &series);
      Must(builder.Add(series, profile));
    }
    Must(archive_->Append(Must(std::move(builder).Finish()), now_));
  }

  void Compact() {
    const Snapshot snapshot = Must(archive_->TakeSnapshot());
    for (const CompactionJob& job : Must(archive_->PlanCompaction(snapshot, {}))) {
      store_.level = std::min<size_t>(job.level, kLevels - 1);
      Must(archive_->Compact(job, size_t{256} << 20));
    }
  }

  std::unique_ptr<ObjectStore> memory_ = MakeMemoryStore();
  CountingStore store_{memory_.get()};
  ArchiveHost host_;
  std::unique_ptr<Archive> archive_;
  Profiles profiles_;
  const size_t each_;
  int64_t now_ = kBegin;
  uint64_t state_ = 1;
};

// Dollars of requests a month, by arithmetic: 8,640 puts of segments a day, jobs and collectors.
constexpr double kDollars = 1.51;

void PrintCosts(const std::string& what, const Costs& costs, double days) {
  const double month = costs.dollars() * 30 / days;
  const auto a_day = [&](uint64_t n) { return Text("%.0f", static_cast<double>(n) / days); };
  Print({what + ": requests, $ a month", Text("%.2f", month), Text("%.2f", kDollars),
         Times(month / kDollars), "1.3x"});
  Print({what + ": puts, lists, reads, deletes a day",
         a_day(costs.puts) + ", " + a_day(costs.lists) + ", " + a_day(costs.reads) + ", " +
             a_day(costs.deletes)});
  Print({what + ": names listed a day", a_day(costs.names)});
}

// By arithmetic, of 10 profiles/s of 20 services: bytes of a profile in a segment of 10 s, and in
// a block of a day. Profiles that come again and again, as here, make blocks of a day smaller.
constexpr double kSegmentBytes = 4'398, kKeptBytes = 845;

// Bytes by level, beside those of a day that is over: what is left of a day in the end. While the
// first day goes on, what is kept is all there is to compare with.
void PrintLevels(const Costs& all, int days, double kept, double profiles) {
  constexpr std::array<const char*, kLevels> kNames = {"segments", "blocks of ten minutes",
                                                       "blocks of an hour", "blocks of a day"};
  const double last = static_cast<double>(all.written[kLevels - 1]);
  const double day = last == 0 ? kept / days : last / (days - 1);
  double sum = 0;
  for (size_t level = 0; level < kLevels; ++level) {
    // Each day but the last one is merged within the days that were lived.
    const int lived = level + 1 == kLevels ? std::max(days - 1, 1) : days;
    const double written = static_cast<double>(all.written[level]) / lived;
    sum += written / day;
    Print({Text("written a day, %s", kNames[level]), Bytes(written), Bytes(day),
           Times(written / day)});
  }
  const double segments = static_cast<double>(all.written[0]);
  Print({"written for each byte of a day that is over", Text("%.1f", sum), "-", "-", "5 to 8"});
  const double kept_then = kKeptBytes * profiles;
  Print({"written for each byte of such a day by arithmetic", Text("%.1f", sum * day / kept_then),
         "-", "-", "5 to 8"});
  Print({"written a day, segments, beside arithmetic",
         Bytes(static_cast<double>(all.written[0]) / days), Bytes(kSegmentBytes * profiles),
         Times(static_cast<double>(all.written[0]) / days / (kSegmentBytes * profiles)), "1.3x"});
  Print({"written for each byte of segments",
         Text("%.1f", static_cast<double>(all.all_written()) / segments), "-", "-", "1.6 to 2.7"});
}

}  // namespace

int main(int argc, char** argv) {
  const int days = argc > 1 ? std::atoi(argv[1]) : 1;
  const bool corpus = argc > 2 && std::string_view(argv[2]) == "corpus";
  const size_t profiles = argc > 3 ? static_cast<size_t>(std::atoi(argv[3])) : 1;
  const size_t services = argc > 4 ? static_cast<size_t>(std::atoi(argv[4])) : 20;
  Require(days > 0 && profiles > 0 && services > 0,
          "usage: month_bench [DAYS] [corpus|small] [PROFILES] [SERVICES]");
  Title("What does an archive cost that lives for " + std::to_string(days) + " days?");
  Life life(corpus, profiles, services);
  std::vector<Costs> each;
  Costs all;
  for (int day = 0; day < days; ++day) all += each.emplace_back(life.LiveADay());
  PrintCosts("all days", all, days);
  // Seven days from the eighth on, and the last seven.
  if (days >= 21) {
    Costs second, last;
    for (int i = 0; i < 7; ++i) second += each[7 + i], last += each[days - 7 + i];
    PrintCosts("second week", second, 7);
    PrintCosts("last week", last, 7);
    Print({"last week's requests, $", Text("%.3f", last.dollars()), Text("%.3f", second.dollars()),
           Times(last.dollars() / second.dollars()), "1.0x"});
  }
  const SnapshotSummary summary = life.Summary();
  Print({"live blocks, segments that wait, objects",
         Text("%llu, %llu, %zu", static_cast<unsigned long long>(summary.blocks),
              static_cast<unsigned long long>(summary.segments), life.Objects())});
  const double kept = static_cast<double>(summary.block_bytes + summary.segment_bytes);
  Print({"kept", Bytes(kept)});
  PrintLevels(all, days, kept, 8'640.0 * static_cast<double>(profiles));
  return 0;
}
