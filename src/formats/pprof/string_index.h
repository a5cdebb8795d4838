// The string table of a file in the making.
#ifndef DOLERITE_FORMATS_PPROF_STRING_INDEX_H_
#define DOLERITE_FORMATS_PPROF_STRING_INDEX_H_

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/checksum.h"
#include "dolerite/symbols.h"
#include "model/row_set.h"

namespace dolerite::pprof {

// Gives strings indexes in the order of their first use, from 0 for "". Equal
// strings get one.
class StringIndex {
 public:
  explicit StringIndex(const StringTable& strings)
      : strings_(strings), of_row_(strings.size(), kNew) {
    Of("");
  }

  uint64_t Of(StringId row) {
    uint32_t& index = of_row_[row.value];
    if (index == kNew) index = Find(strings_[row]);
    return index;
  }
  // `text` must live as long as this.
  uint64_t Of(std::string_view text) { return Find(text); }
  // For where index 0 would mean "no string".
  uint64_t NotZero(uint64_t index) {
    if (index != 0) return index;
    if (empty_ == 0) {
      empty_ = order_.size();
      order_.push_back("");
    }
    return empty_;
  }
  const std::vector<std::string_view>& order() const { return order_; }

 private:
  static constexpr uint32_t kNew = UINT32_MAX;

  uint32_t Find(std::string_view text) {
    return index_.FindOrAdd(
        SeededHash(text.data(), text.size(), seed_), [&](uint32_t i) { return order_[i] == text; },
        [&] {
          order_.push_back(text);
          return static_cast<uint32_t>(order_.size() - 1);
        });
  }

  const StringTable& strings_;
  std::vector<uint32_t> of_row_;
  std::vector<std::string_view> order_;
  RowSet index_;
  const uint64_t seed_ = SeedFor(this);
  size_t empty_ = 0;
};

}  // namespace dolerite::pprof

#endif  // DOLERITE_FORMATS_PPROF_STRING_INDEX_H_
