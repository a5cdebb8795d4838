#include "archive_costs.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdlib>

#include "archives.h"
#include "dolerite/forwarding_store.h"
#include "dolerite/query.h"

namespace dolerite::cli {
namespace {

// With a message of ours: the parser's has its largest number in it, of 309 digits.
CLI::Validator NonNegativeNumber() {
  const auto check = [](std::string& text) {
    char* end = nullptr;
    const double value = std::strtod(text.c_str(), &end);
    const bool number = text.find_first_not_of("0123456789.eE+-") == text.npos && !text.empty() &&
                        *end == 0 && value >= 0 && std::isfinite(value);
    return number ? std::string() : "expected a number, 0 or more, found '" + text + "'";
  };
  return CLI::Validator(check, "");
}

// S3's units: a month, and 10^9 bytes.
constexpr double kDays = 30;
constexpr double kBytesOfGb = 1e9;

// Counts requests as a bill has them.
class CountingStore : public ForwardingStore {
 public:
  using ForwardingStore::ForwardingStore;

  Requests requests() const {
    return {0, static_cast<double>(lists_), static_cast<double>(reads_)};
  }
  uint64_t bytes() const { return bytes_; }

 protected:
  absl::StatusOr<ReadResult> DoRead(std::string_view key, const ByteRange& range,
                                    const CallOptions& options) const override {
    ++reads_;
    auto result = ForwardingStore::DoRead(key, range, options);
    if (result.ok()) bytes_ += result->slice.bytes.size();
    return result;
  }
  absl::StatusOr<ReadManyResult> DoReadMany(std::string_view key, std::span<const ByteRange> ranges,
                                            const CallOptions& options) const override {
    auto result = ForwardingStore::DoReadMany(key, ranges, options);
    if (result.ok()) reads_ += result->requests, bytes_ += result->bytes_read;
    return result;
  }
  absl::StatusOr<ObjectInfo> DoHead(std::string_view key,
                                    const CallOptions& options) const override {
    ++reads_;
    return ForwardingStore::DoHead(key, options);
  }
  absl::StatusOr<ListPage> DoList(std::string_view prefix, const ListOptions& list,
                                  const CallOptions& options) const override {
    ++lists_;
    return ForwardingStore::DoList(prefix, list, options);
  }

 private:
  mutable std::atomic<uint64_t> reads_{0}, lists_{0}, bytes_{0};
};

// A snapshot and a commit, which each job needs; see section 6 of ARCHIVE.md.
constexpr Requests kJob = {1, 4, 3};

// Sums of requests, kind by kind.
Requests Times(const Requests& one, double n) {
  return {one.creates * n, one.lists * n, one.reads * n};
}

Requests Sum(const Requests& a, const Requests& b) {
  return {a.creates + b.creates, a.lists + b.lists, a.reads + b.reads};
}

// Segments become blocks when there are 64 or 10 minutes are over, these become blocks of an hour,
// and these one of a day. Each input is read with two requests, a small one with one.
Requests CompactionOfDay(double segments) {
  const double first = std::min(segments, std::max(segments / 64, 24.0 * 6));
  const double hours = std::min(first, 24.0), days = std::min(first, 1.0);
  const double jobs = first + hours + days;
  return Sum(Times(kJob, jobs), {jobs, 0, segments + 2 * (first + hours)});
}

// Each quarter of an hour: the lists of all objects, twice, and one commit.
Requests CollectionOfDay() { return Times({1, 4, 2}, 96); }

}  // namespace

void Prices::AddTo(CLI::App* command) {
  const auto add = [&](const char* name, double* value, const char* help) {
    command->add_option(name, *value, help)->check(NonNegativeNumber());
  };
  add("--price-put", &put_million, "Dollars of a million creates or lists; else 5");
  add("--price-get", &get_million, "Dollars of a million reads; else 0.4");
  add("--price-storage", &gb_month, "Dollars of a GB for a month; else 0.023");
  add("--segments-per-day", &segments_day, "Appends to reckon with; else 8640");
  add("--queries-per-day", &queries_day, "Questions to reckon with; else 1000");
}

double Requests::Dollars(const Prices& prices) const {
  return ((creates + lists) * prices.put_million + reads * prices.get_million) / 1e6;
}

double MonthCost::Dollars(const Prices& prices) const {
  return Sum(Sum(append, compact), Sum(collect, query)).Dollars(prices) + storage_dollars;
}

absl::StatusOr<QuestionCost> MeasureQuestion(const std::string& archive,
                                             const TreeQuestion& question) {
  absl::StatusOr<ArchiveFile> file = ArchiveFile::Open(archive, ArchiveFile::For::kReading);
  if (!file.ok()) return file.status();
  CountingStore store(&file->store());
  absl::StatusOr<Archive> counted = Archive::OpenForReading(&store, file->host());
  if (!counted.ok()) return counted.status();
  // The header is read once in a host's life.
  const Requests opened = store.requests();
  const uint64_t bytes = store.bytes();
  absl::StatusOr<Snapshot> snapshot = counted->TakeSnapshot();
  if (!snapshot.ok()) return snapshot.status();
  TreeQuery query(question, {.skip_damaged = true});
  if (absl::Status status = snapshot->AddTo(&query); !status.ok()) return status;
  const Requests all = store.requests();
  return QuestionCost{{0, all.lists - opened.lists, all.reads - opened.reads},
                      store.bytes() - bytes};
}

MonthCost EstimateMonth(const Requests& question, uint64_t bytes_kept, const Prices& prices) {
  MonthCost month;
  // A segment is one create, whatever it holds.
  month.append = {prices.segments_day * kDays, 0, 0};
  month.compact = Times(CompactionOfDay(prices.segments_day), kDays);
  month.collect = Times(CollectionOfDay(), kDays);
  month.query = Times(question, prices.queries_day * kDays);
  // As if nothing came and nothing went: what is there now, for a month.
  month.storage_dollars = static_cast<double>(bytes_kept) / kBytesOfGb * prices.gb_month;
  return month;
}

}  // namespace dolerite::cli
