// Lies with good checksums: blocks taken apart, changed, and put together again.
#ifndef DOLERITE_TESTS_SUPPORT_RESEAL_H_
#define DOLERITE_TESTS_SUPPORT_RESEAL_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "block/footer.h"

namespace dolerite::testing {

// A column with its values out in the open.
struct OpenColumn {
  uint8_t id = 0;
  uint32_t index = 0;
  ColumnForm form = ColumnForm::kIntegers;
  std::vector<uint64_t> integers;
  std::vector<std::string> strings;
  std::string bytes;
};

struct OpenSection {
  SectionEntry entry;
  std::vector<OpenColumn> columns;
};

struct OpenBlock {
  std::vector<OpenSection> sections;
  Footer footer;  // of it, only datasets are looked at when sealed

  // The block must be sound.
  static OpenBlock Take(std::string_view block);
  // With sections where they come, and checksums that agree.
  std::string Seal() const;
};

// The block with all checksums as its bytes now are; none if footer or trailer
// cannot be read.
std::optional<std::string> Reseal(std::string block);

}  // namespace dolerite::testing

#endif  // DOLERITE_TESTS_SUPPORT_RESEAL_H_
