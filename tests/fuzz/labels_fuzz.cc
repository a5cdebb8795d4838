// libFuzzer: the texts that people type: label sets and label matchers. What parses is written and
// parses again to the same.
#include <string>
#include <string_view>
#include <vector>

#include "dolerite/labels.h"
#include "dolerite/selection.h"
#include "fuzz/check.h"

using dolerite::LabelMatcher;
using dolerite::LabelSet;
using dolerite::fuzz::Check;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const absl::StatusOr<LabelSet> labels = LabelSet::Parse(text);
  if (labels.ok()) {
    const absl::StatusOr<LabelSet> again = LabelSet::Parse(text);
    Check(again.ok() && *again == *labels);
    Check(labels->ToString() == again->ToString());
  }
  const absl::StatusOr<std::vector<LabelMatcher>> matchers = dolerite::ParseMatchers(text);
  if (matchers.ok()) {
    for (const LabelMatcher& m : *matchers) Check(!m.name.empty());
    // Braces may be left out or put around.
    if (text.find('{') == std::string_view::npos) {
      const auto braced = dolerite::ParseMatchers("{" + std::string(text) + "}");
      Check(braced.ok() && braced->size() == matchers->size());
    }
  }
  return 0;
}
