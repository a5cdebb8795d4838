// Counts what the host does, for GET /metrics.
#ifndef DOLERITE_EXAMPLES_HOST_METRICS_H_
#define DOLERITE_EXAMPLES_HOST_METRICS_H_

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace dolerite::host {

// Safe from many threads.
class Metrics {
 public:
  // Adds to a counter. `labels` (`code="200"`, or "") must have few values: each is kept.
  void Add(const std::string& name, const std::string& labels, uint64_t value = 1);
  // Asks for the value each time that the metrics are read.
  void AddGauge(const std::string& name, std::function<uint64_t()> value);

  // The text format of Prometheus.
  std::string Text() const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::map<std::string, uint64_t>> counters_;  // by name, then by labels
  std::map<std::string, std::function<uint64_t()>> gauges_;
};

}  // namespace dolerite::host

#endif  // DOLERITE_EXAMPLES_HOST_METRICS_H_
