#include "metrics.h"

#include "absl/strings/str_cat.h"

namespace dolerite::host {
namespace {

constexpr char kMetricPrefix[] = "dolerite_host_";

void AppendHead(const std::string& name, const char* type, std::string* out) {
  absl::StrAppend(out, "# TYPE ", kMetricPrefix, name, " ", type, "\n");
}

}  // namespace

void Metrics::Add(const std::string& name, const std::string& labels, uint64_t value) {
  std::lock_guard<std::mutex> lock(mutex_);
  counters_[name][labels] += value;
}

void Metrics::AddGauge(const std::string& name, std::function<uint64_t()> value) {
  std::lock_guard<std::mutex> lock(mutex_);
  gauges_[name] = std::move(value);
}

std::string Metrics::Text() const {
  std::lock_guard<std::mutex> lock(mutex_);
  std::string out;
  for (const auto& [name, by_labels] : counters_) {
    AppendHead(name, "counter", &out);
    for (const auto& [labels, value] : by_labels) {
      absl::StrAppend(&out, kMetricPrefix, name,
                      labels.empty() ? "" : absl::StrCat("{", labels, "}"), " ", value, "\n");
    }
  }
  for (const auto& [name, value] : gauges_) {
    AppendHead(name, "gauge", &out);
    absl::StrAppend(&out, kMetricPrefix, name, " ", value(), "\n");
  }
  return out;
}

}  // namespace dolerite::host
