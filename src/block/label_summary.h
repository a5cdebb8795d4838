// The label summary of a dataset: which values its series have for each label. The footer holds it,
// so that whoever opens a block can leave out a dataset without reading it.
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
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "block/distinct.h"
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
  size_t memory_bytes() const;

 private:
  struct Label {
    absl::InlinedVector<uint32_t, 2> values;  // rows of values_, one more than are listed at most
    uint64_t series = 0;                      // that have the label
  };

  Label& Named(std::string_view name);
  void Insert(std::string_view value, Label* to);
  void EncodeValues(const Label& label, std::string* out) const;

  DistinctTexts names_;        // "" is the name of types
  DistinctTexts values_;       // of all labels
  std::vector<Label> labels_;  // by row of names_
  uint64_t series_ = 0;
  uint64_t bytes_ = 0;
  size_t listed_ = 0;  // values of all labels
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
  std::vector<std::string_view> types() const;

  // False only if the dataset has no profile type whose name is taken.
  bool MayHoldType(const Takes& takes) const;
  // False only if no series of the dataset has a value of this label that is taken, where a
  // missing label is "".
  bool MayHold(std::string_view name, const Takes& takes) const;

 private:
  struct Entry {
    std::string_view name;
    std::string_view values;  // as they are stored; empty: not listed

    bool AnyIs(const Takes& takes) const;
  };

  const Entry* Find(std::string_view name) const;

  std::vector<Entry> entries_;
};

}  // namespace dolerite

#endif  // DOLERITE_BLOCK_LABEL_SUMMARY_H_
