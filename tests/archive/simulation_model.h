// What an archive must show, as a plain list of profiles.
#ifndef DOLERITE_TESTS_ARCHIVE_SIMULATION_MODEL_H_
#define DOLERITE_TESTS_ARCHIVE_SIMULATION_MODEL_H_

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "archive/world.h"

namespace dolerite::testing {

// Everything that a model knows of a profile follows from its number.
struct ModelProfile {
  explicit ModelProfile(int n) : number(n), service(kServices[n % 4]) {
    time_nanos = kBegin + n * 7 * kMinute;
    // Some come from wrong clocks.
    if (n % 23 == 22) time_nanos = (n % 2 ? 1 : -1) * int64_t{9'000'000'000} * kSecond;
  }

  static constexpr const char* kServices[] = {"shop", "cart", "Shop", "a/b"};
  int number;
  std::string service;
  int64_t time_nanos = 0;
};

// A deletion or a cut: what it takes, and whether its call has returned OK. Before that, and for
// ever if it failed, it may be in force or not.
struct Removal {
  std::set<int> numbers;  // any, if empty
  std::string service;    // any, if empty
  int64_t start_nanos = INT64_MIN, end_nanos = INT64_MAX;
  bool certain = false;

  bool Takes(const ModelProfile& profile) const {
    return (numbers.empty() || numbers.count(profile.number) > 0) &&
           (service.empty() || service == profile.service) && profile.time_nanos >= start_nanos &&
           profile.time_nanos < end_nanos;
  }
};

class Model {
 public:
  void Send(const std::vector<int>& numbers) { sent_.insert(numbers.begin(), numbers.end()); }
  void Acknowledge(const std::vector<int>& numbers) {
    acknowledged_.insert(numbers.begin(), numbers.end());
  }
  // The index of the removal, for Ascertain.
  size_t Remove(Removal removal) {
    removals_.push_back(std::move(removal));
    return removals_.size() - 1;
  }
  void Ascertain(size_t removal) { removals_[removal].certain = true; }

  const std::set<int>& sent() const { return sent_; }
  bool MayBeRemoved(int number) const { return IsRemoved(number, false); }

  // What is known of the profiles now. A snapshot must show what `must` has at its beginning and
  // `may_lack` has not at its end, and nothing that `must_not` has at its beginning.
  struct Bounds {
    std::set<int> must, must_not;
  };
  Bounds Begin() const {
    Bounds bounds;
    for (int number : sent_) {
      if (IsRemoved(number, true)) bounds.must_not.insert(number);
    }
    bounds.must = acknowledged_;
    return bounds;
  }

  // What is wrong with what a snapshot showed; "" if nothing.
  std::string Judge(const Bounds& begin, const std::map<int, int>& seen) const {
    for (const auto& [number, times] : seen) {
      const std::string profile = "profile " + std::to_string(number);
      if (times != 1) return profile + " is seen " + std::to_string(times) + " times";
      if (begin.must_not.count(number) > 0) return profile + " was deleted and is seen";
      if (sent_.count(number) == 0) return profile + " was never sent";
    }
    for (int number : begin.must) {
      if (seen.count(number) == 0 && !MayBeRemoved(number)) {
        return "profile " + std::to_string(number) + " was acknowledged and is not seen";
      }
    }
    return "";
  }

 private:
  bool IsRemoved(int number, bool certainly) const {
    const ModelProfile profile(number);
    return std::any_of(removals_.begin(), removals_.end(), [&](const Removal& removal) {
      return (removal.certain || !certainly) && removal.Takes(profile);
    });
  }

  std::set<int> sent_, acknowledged_;
  std::vector<Removal> removals_;
};

}  // namespace dolerite::testing

#endif  // DOLERITE_TESTS_ARCHIVE_SIMULATION_MODEL_H_
