// Writes JSON, and keeps the first thing that JSON can't say.
#ifndef DOLERITE_ASK_JSON_PRINTER_H_
#define DOLERITE_ASK_JSON_PRINTER_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "base/status.h"

namespace dolerite::ask {

struct JsonPrinter {
  std::string out;
  std::string path = "$";
  absl::Status status;  // InvalidArgument: the first value that can't be written

  // The message is the path and the pieces.
  template <class... Pieces>
  void Fail(const Pieces&... pieces) {
    if (status.ok()) status = InvalidArgument("question: ", path, ": ", pieces...);
  }
  void Text(std::string_view text);
  void Double(double value);
};

}  // namespace dolerite::ask

#endif  // DOLERITE_ASK_JSON_PRINTER_H_
