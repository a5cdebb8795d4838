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
  // If set: so many rows, and `bytes` is the column as it is stored, whatever its form.
  std::optional<uint64_t> stored_rows;
};

// A column of `rows` times the value, in one to eleven bytes.
OpenColumn ConstantColumn(uint8_t id, uint64_t rows, uint64_t value, uint32_t index = 0);

struct OpenSection {
  SectionEntry entry;
  std::vector<OpenColumn> columns;
  // If set: the section as it is stored, one zstd frame of entry.decoded bytes.
  std::optional<std::string> frame;

  // The column; added if it is not there.
  OpenColumn& Column(uint8_t id, uint32_t index = 0);
  // Puts the column in the place of the one with its id and index, or adds it.
  void Put(OpenColumn column);
};

struct OpenBlock {
  std::vector<OpenSection> sections;
  Footer footer;  // of it, only datasets are looked at when sealed

  // The block must be sound.
  static OpenBlock Take(std::string_view block);
  // The first section of the kind.
  OpenSection& Section(SectionKind kind);
  // With sections where they come, and checksums that agree.
  std::string Seal() const;
};

// The block with all checksums as its bytes now are; none if footer or trailer
// cannot be read.
std::optional<std::string> Reseal(std::string block);

}  // namespace dolerite::testing

#endif  // DOLERITE_TESTS_SUPPORT_RESEAL_H_
