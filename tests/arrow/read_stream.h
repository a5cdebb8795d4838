// A consumer of Arrow streams, written from the interface's description alone.
#ifndef DOLERITE_TESTS_ARROW_READ_STREAM_H_
#define DOLERITE_TESTS_ARROW_READ_STREAM_H_

#include <map>
#include <string>
#include <vector>

#include "dolerite/arrow.h"

namespace dolerite::testing {

// A table as texts: numbers in decimal, lists in brackets, "null".
struct TextTable {
  std::vector<std::string> names, formats;
  std::map<std::string, std::string> metadata;
  std::map<std::string, std::string> units;  // by column
  std::vector<std::vector<std::string>> rows;
  std::vector<size_t> batches;  // rows of each
  std::string error;            // of the stream; "" if it came to its end
  int error_number = 0;

  size_t column(const std::string& name) const;
  std::vector<std::string> Values(const std::string& name) const;
};

// Reads to the end and releases everything. `move_children`: takes all columns out of each batch
// and releases the batch before it reads them.
TextTable ReadStream(ArrowArrayStream* stream, bool move_children = false);

}  // namespace dolerite::testing

#endif  // DOLERITE_TESTS_ARROW_READ_STREAM_H_
