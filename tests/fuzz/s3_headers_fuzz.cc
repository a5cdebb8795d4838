// libFuzzer: the head of an S3 server's answer, one line after the other.
#include <string>
#include <string_view>

#include "s3/headers.h"
#include "support/must.h"

using namespace dolerite::s3;
using dolerite::testing::Must;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view input(reinterpret_cast<const char*>(data), size);
  Head head;
  while (!input.empty()) {
    const size_t end = input.find('\n');
    const std::string_view line = input.substr(0, end == input.npos ? end : end + 1);
    input.remove_prefix(line.size());
    if (!AddHeadLine(line, &head)) break;
  }
  Must(head.headers.size() <= 200);
  Must(head.status == 0 || (head.status >= 100 && head.status <= 999));
  for (const auto& [name, value] : head.headers) {
    Must(name.find_first_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ:\n") == name.npos);
    Must(value.find('\n') == value.npos);
    if (const auto range = ParseContentRange(value)) {
      Must(range->length > 0 && range->offset < range->object_size);
      Must(range->length <= range->object_size - range->offset);
    }
    if (const auto version = ParseETag(value)) Must(IsVersion(*version));
    if (const auto number = ParseNumber(value)) {
      Must(value.find_first_not_of("0123456789") == value.npos);
    }
    // Four digits of a year.
    for (const auto& time : {ParseHttpDate(value), ParseXmlTime(value)}) {
      if (time) Must(*time > -70'000'000'000 && *time < 300'000'000'000);
    }
  }
  return 0;
}
