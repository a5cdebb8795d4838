#include "support/rivals.h"

#include <fstream>
#include <sstream>

#include "support/table.h"
#include "support/timing.h"

namespace dolerite::bench {

namespace {

// "a=b c=d" by key.
std::map<std::string, std::string> Fields(const std::string& line) {
  std::map<std::string, std::string> fields;
  std::istringstream words(line);
  for (std::string word; words >> word;) {
    const size_t equals = word.find('=');
    if (equals != std::string::npos) fields[word.substr(0, equals)] = word.substr(equals + 1);
  }
  return fields;
}

}  // namespace

Rivals::Rivals(int argc, char** argv) {
  if (argc < 2) return;
  std::ifstream in(argv[1]);
  for (std::string line; std::getline(in, line);) {
    auto fields = Fields(line);
    if (fields.contains("total")) {
      totals_[fields["series"]][fields["total"]] = std::stoll(fields["value"]);
    } else if (fields.contains("op")) {
      Runs& runs = runs_[fields["series"] + " " + fields["op"] + " " + fields["procs"]];
      runs.wall.push_back(1e-9 * std::stod(fields["wall_ns"]));
      runs.cpu.push_back(1e-9 * std::stod(fields["cpu_ns"]));
    }
  }
}

std::optional<GoTime> Rivals::Go(const std::string& series, const std::string& op,
                                 int procs) const {
  const auto at = runs_.find(series + " " + op + " " + std::to_string(procs));
  if (at == runs_.end()) return std::nullopt;
  return GoTime{Median(at->second.wall), Median(at->second.cpu)};
}

const std::map<std::string, int64_t>& Rivals::Totals(const std::string& series) const {
  static const auto* none = new std::map<std::string, int64_t>;
  const auto at = totals_.find(series);
  return at == totals_.end() ? *none : at->second;
}

std::string Rivals::Text(const std::optional<double>& seconds) {
  return seconds ? Time(*seconds) : "not installed";
}

}  // namespace dolerite::bench
