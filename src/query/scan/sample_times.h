// The moments at which a sample was seen.
#ifndef DOLERITE_QUERY_SCAN_SAMPLE_TIMES_H_
#define DOLERITE_QUERY_SCAN_SAMPLE_TIMES_H_

#include <cstdint>
#include <utility>
#include <vector>

#include "block/sample_rows.h"

namespace dolerite {

// Timestamps of a chunk's samples; of its rows only the columns of times are set.
class SampleTimes {
 public:
  explicit SampleTimes(SampleRows rows)
      : rows_(std::move(rows)), starts_(TimedValueStarts(rows_)) {}

  const SampleRows& rows() const { return rows_; }
  uint32_t timed_start(size_t sample) const { return starts_[sample]; }

 private:
  SampleRows rows_;
  std::vector<uint32_t> starts_;
};

// One sample as moments with a value each. A sample without timestamps is one moment, at its
// profile's time.
class SampleMoments {
 public:
  // `times` is null if the chunk has none.
  SampleMoments(const SampleTimes* times, size_t sample, int64_t profile_time)
      : times_(times), sample_(sample), profile_time_(profile_time) {
    const bool any = times != nullptr && times->rows().timestamps.length(sample) > 0;
    if (!any) times_ = nullptr;
  }

  size_t size() const { return times_ == nullptr ? 1 : times_->rows().timestamps.length(sample_); }
  // Times past 2262 become the largest time that there is.
  int64_t time(size_t i) const {
    if (times_ == nullptr) return profile_time_;
    const uint64_t time = times_->rows().timestamps.begin(sample_)[i];
    return time > INT64_MAX ? INT64_MAX : static_cast<int64_t>(time);
  }
  // What moment i has of the sample's value, `whole`. A sample that has one value for n moments
  // gives each an nth, and the remainder to the first ones. `own_values`: values that are stored
  // for each moment are those asked for, because the sample has one sample type.
  int64_t value(size_t i, int64_t whole, bool own_values) const {
    if (times_ == nullptr) return whole;
    if (own_values && times_->rows().shape[sample_] == SampleShape::kTimed) {
      return times_->rows().timestamp_values[times_->timed_start(sample_) + i];
    }
    const int64_t n = static_cast<int64_t>(size());
    const int64_t rest = whole % n, sign = rest < 0 ? -1 : 1;
    return whole / n + (static_cast<int64_t>(i) < rest * sign ? sign : 0);
  }

 private:
  const SampleTimes* times_;
  size_t sample_;
  int64_t profile_time_;
};

}  // namespace dolerite

#endif  // DOLERITE_QUERY_SCAN_SAMPLE_TIMES_H_
