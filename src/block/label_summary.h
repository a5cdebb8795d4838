// The label summary of a dataset: which values its series have for each label. It stands in the
// footer, so that whoever opens a block can leave out a dataset without reading it.
//
//   summary = entry | entry ..             entries ascend by name
//   entry   = name | varint n | n values   values ascend; n = 0: too many to be listed
//   name and value are texts: varint size, bytes
//
// The entry of the name "" has the names of profile types. A series that lacks a label that others
// have counts as having "" for it.
#ifndef DOLERITE_BLOCK_LABEL_SUMMARY_H_
#define DOLERITE_BLOCK_LABEL_SUMMARY_H_

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "block/profile_table.h"
#include "dolerite/labels.h"

namespace dolerite {

// Collects a summary, type by type and series by series, each once.
class LabelSummaryWriter {
 public:
  void AddType(std::string_view name);
  void AddSeries(const LabelSet& labels);

  // An upper bound of what Encode gives, now and with one more type and series.
  uint64_t most_bytes() const { return bytes_; }
  uint64_t most_bytes_with(std::string_view type, const LabelSet& labels) const;
  std::string Encode() const;
  // An upper bound of what is held.
  size_t memory_bytes() const { return memory_bytes_; }

 private:
  struct Values {
    std::set<std::string, std::less<>> listed;  // one more than can be listed at most
    uint64_t series = 0;                        // that have the label
  };

  Values& Name(std::string_view name);
  void Insert(std::string_view value, Values* to);

  std::map<std::string, Values, std::less<>> names_;
  uint64_t series_ = 0;
  uint64_t bytes_ = 0;
  size_t memory_bytes_ = 0;
};

// The summary of a whole table.
std::string SummarizeLabels(const ProfileTable& table);

// A summary as it is read. Views the bytes that it was read from.
class LabelSummary {
 public:
  using Takes = std::function<bool(std::string_view value)>;

  // Nothing if the bytes are no summary: then no dataset can be left out by them.
  static std::optional<LabelSummary> Read(std::string_view bytes);

  // Names of profile types, ascending; empty if they are not listed.
  std::vector<std::string_view> types() const {
    const Entry* types = Find("");
    return types == nullptr ? std::vector<std::string_view>() : types->values;
  }

  // False only if the dataset has no profile type whose name is taken.
  bool MayHoldType(const Takes& takes) const;
  // False only if no series of the dataset has a value of this label that is taken, where a
  // missing label is "".
  bool MayHold(std::string_view name, const Takes& takes) const;

 private:
  struct Entry {
    std::string_view name;
    std::vector<std::string_view> values;  // empty: not listed
  };

  const Entry* Find(std::string_view name) const;

  std::vector<Entry> entries_;
};

}  // namespace dolerite

#endif  // DOLERITE_BLOCK_LABEL_SUMMARY_H_
