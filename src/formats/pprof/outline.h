// The top level of a pprof file: where its messages lie. Fields may come in any
// order and mixed, tables after their users, so this pass comes first.
#ifndef DOLERITE_FORMATS_PPROF_OUTLINE_H_
#define DOLERITE_FORMATS_PPROF_OUTLINE_H_

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "formats/pprof/message.h"
#include "formats/pprof/wire.h"
#include "formats/wire/spans.h"

namespace dolerite::pprof {

class Outline {
 public:
  // Counts everything against its limit, and puts strings and unknown fields into
  // input->profile. May shorten input->bytes to the first of several profiles
  // (lenient).
  absl::Status Scan(Input* input);

  Spans sample_types, samples, mappings, locations, functions, period_types;
  // Runs of comments, packed or not.
  std::vector<WireField> comments;
  // Of fields that occur once, the last. Fields that are not there have number 0.
  std::array<WireField, profile::kLast + 1> single;

 private:
  absl::Status ScanOnce(Input* input);
  const char* TakePlain(Input* input, const char* at);
  const char* TakePlainString(Input* input, const char* at) const;
  absl::Status Take(Input* input, const WireField& field);
  absl::Status AddSpan(const Input& input, const WireField& field, const char* name,
                       const char* limit, size_t cap, Spans* spans);
  absl::Status AddString(Input* input, const WireField& field);
  absl::Status AddComments(const Input& input, const WireField& field);
  absl::Status AddSingle(Input* input, const WireField& field);
  void AddUnknown(Input* input, const WireField& field, const char* end);
  void Clear(const Input& input);

  size_t comment_count_ = 0;
  // For the split of concatenated profiles: where the last run of sample types
  // began, and what came before the present field.
  const char* types_begin_ = nullptr;
  uint32_t previous_ = 0;
  const char* next_profile_ = nullptr;
};

}  // namespace dolerite::pprof

#endif  // DOLERITE_FORMATS_PPROF_OUTLINE_H_
