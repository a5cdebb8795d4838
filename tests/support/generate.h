// Pseudorandom profiles that use everything a profile can say. The same seed and options give the
// same profile, everywhere.
#ifndef DOLERITE_TESTS_SUPPORT_GENERATE_H_
#define DOLERITE_TESTS_SUPPORT_GENERATE_H_

#include <cstdint>
#include <string>

#include "dolerite/labels.h"
#include "dolerite/profile.h"

namespace dolerite::testing {

// xorshift64*.
class Random {
 public:
  explicit Random(uint64_t seed) : state_((seed + 1) * 0x9e3779b97f4a7c15u | 1) {}

  uint64_t operator()() {
    state_ ^= state_ >> 12, state_ ^= state_ << 25, state_ ^= state_ >> 27;
    return state_ * 0x2545f4914f6cdd1du;
  }
  uint32_t Below(uint64_t n) { return static_cast<uint32_t>(((*this)() >> 24) % n); }
  bool OneIn(uint64_t n) { return Below(n) == 0; }

 private:
  uint64_t state_;
};

struct GenerateOptions {
  size_t samples = 30;
  size_t sample_types = 2;
  size_t names = 12;  // functions are drawn from so many names: few make stacks meet
  bool symbols = true;
  bool sample_labels = true;
  // Links, timestamps, attributes, ids, payloads, unknown fields.
  bool everything = true;
  bool negative = true;
  bool extreme = false;  // values whose sums leave 64 bits
};

Profile GenerateProfile(uint64_t seed, const GenerateOptions& options = {});

// Labels of one of few pods of one of few services.
LabelSet GenerateSeries(uint64_t seed);

// The same profile with another order of tables, samples, and mappings but the first.
Profile ShuffleTables(const Profile& profile, uint64_t seed);

// DescribeProfile with the mappings behind the first one sorted: a block stores them by start.
std::string DescribeStored(const Profile& profile);

}  // namespace dolerite::testing

#endif  // DOLERITE_TESTS_SUPPORT_GENERATE_H_
