// libFuzzer: the head of an S3 server's answer, one line after the other.
#include <string>
#include <string_view>

#include "fuzz/check.h"
#include "s3/headers.h"

using namespace dolerite::s3;
using dolerite::fuzz::Check;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view input(reinterpret_cast<const char*>(data), size);
  Head head;
  while (!input.empty()) {
    const size_t end = input.find('\n');
    const std::string_view line = input.substr(0, end == input.npos ? end : end + 1);
    input.remove_prefix(line.size());
    if (!AddHeadLine(line, &head)) break;
  }
  Check(head.headers.size() <= 200);
  Check(head.status == 0 || (head.status >= 100 && head.status <= 999));
  for (const auto& [name, value] : head.headers) {
    Check(name.find_first_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ:\n") == name.npos);
    Check(value.find('\n') == value.npos);
    if (const auto range = ParseContentRange(value)) {
      Check(range->length > 0 && range->offset < range->object_size);
      Check(range->length <= range->object_size - range->offset);
    }
    if (const auto version = ParseETag(value)) Check(IsVersion(*version));
    if (const auto number = ParseNumber(value)) {
      Check(value.find_first_not_of("0123456789") == value.npos);
    }
    // Four digits of a year.
    for (const auto& time : {ParseHttpDate(value), ParseXmlTime(value)}) {
      if (time) Check(*time > -70'000'000'000 && *time < 300'000'000'000);
    }
  }
  return 0;
}
