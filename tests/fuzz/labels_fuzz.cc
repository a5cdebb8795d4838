// libFuzzer: the texts that people type: label sets and label matchers. What was parsed is printed,
// and the print parses to the same.
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "dolerite/labels.h"
#include "dolerite/selection.h"
#include "support/must.h"

using dolerite::LabelMatcher;
using dolerite::LabelSet;
using dolerite::ParseMatchers;
using dolerite::testing::Must;

namespace {

std::string Quoted(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

std::string Print(const std::vector<LabelMatcher>& matchers) {
  static constexpr std::string_view kOps[] = {"=", "!=", "=~", "!~"};
  std::string out = "{";
  for (const LabelMatcher& m : matchers) {
    out += Quoted(m.name);
    out += kOps[static_cast<size_t>(m.op)];
    out += Quoted(m.value) + ",";
  }
  return out + "}";
}

bool HasControlBytes(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<uint8_t>(c) < 0x20 || c == 0x7f; });
}

// As `k=v,k=v`, and as the selector that ToString prints.
void CheckLabels(std::string_view text) {
  const absl::StatusOr<LabelSet> labels = LabelSet::Parse(text);
  if (!labels.ok()) return;
  std::string printed;
  bool control = false;
  for (const auto& [name, value] : labels->pairs()) {
    printed += std::string(name) + "=" + std::string(value) + ",";
    control = control || HasControlBytes(name) || HasControlBytes(value);
  }
  const absl::StatusOr<LabelSet> again = LabelSet::Parse(printed);
  Must(again.ok() && *again == *labels);
  if (control) return;  // selectors do not know \x01
  const auto selector = ParseMatchers(labels->ToString());
  Must(selector.ok() && selector->size() == labels->pairs().size());
  for (size_t i = 0; i < selector->size(); ++i) {
    const LabelMatcher& m = (*selector)[i];
    Must(m.op == LabelMatcher::Op::kEqual && LabelSet::Pair(m.name, m.value) == labels->pairs()[i]);
  }
}

void CheckMatchers(std::string_view text) {
  const absl::StatusOr<std::vector<LabelMatcher>> matchers = ParseMatchers(text);
  if (!matchers.ok()) return;
  const auto again = ParseMatchers(Print(*matchers));
  Must(again.ok() && again->size() == matchers->size());
  for (size_t i = 0; i < matchers->size(); ++i) {
    const LabelMatcher &a = (*matchers)[i], &b = (*again)[i];
    Must(!a.name.empty() && a.name == b.name && a.op == b.op && a.value == b.value);
  }
  // Braces may be left out or put around.
  if (text.find('{') != std::string_view::npos) return;
  const auto braced = ParseMatchers("{" + std::string(text) + "}");
  Must(braced.ok() && braced->size() == matchers->size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  CheckLabels(text);
  CheckMatchers(text);
  return 0;
}
