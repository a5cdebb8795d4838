// What a kind of question has of its own. All else (which datasets, threads, cost, bytes) stands
// once in partial.h.
#ifndef DOLERITE_QUERY_QUERY_CORE_H_
#define DOLERITE_QUERY_QUERY_CORE_H_

#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "query/partial_wire.h"
#include "query/scan/scan.h"

namespace dolerite {

// Frozen: in splits and partials.
enum class QuestionKind : uint8_t {
  kTree = 1,
  kGroupedTrees = 2,
  kDiff = 3,
  kProfile = 4,
  kSeries = 5,
  kHeatmap = 6,
  kCatalog = 7,
  kList = 8,
};
constexpr QuestionKind LastOf(QuestionKind) { return QuestionKind::kList; }

// What one dataset adds to an answer, worked out but not yet added.
class Contribution {
 public:
  virtual ~Contribution() = default;
};

// What selections select in one dataset; by selection, some may be empty.
struct DatasetView {
  DatasetReader* reader = nullptr;
  std::span<const DatasetScan> scans;
  std::span<const Measure> measures;  // of this dataset alone
  const QueryOptions* options = nullptr;
};

// The partial answer to one question. Read is const and may run on many threads at once; the rest
// is not.
class QueryCore {
 public:
  virtual ~QueryCore() = default;

  virtual QuestionKind kind() const = 0;
  // InvalidArgument if the question makes no sense beyond its selections, which are checked apart.
  virtual absl::Status Check() const { return absl::OkStatus(); }
  virtual std::vector<const Selection*> selections() const = 0;
  // Whether the values of all that is selected must be of one type and unit.
  virtual bool measures_values() const { return true; }
  // Whether samples are looked at, and not the profile table alone.
  virtual bool reads_samples() const { return true; }
  // The same question without an answer.
  virtual std::unique_ptr<QueryCore> Fresh() const = 0;

  virtual absl::StatusOr<std::unique_ptr<Contribution>> Read(const DatasetView& view,
                                                             QueryCost* cost) const = 0;
  // Whether it can be added or merged: InvalidArgument if it is something else.
  virtual absl::Status CanAdd(const Contribution&) const { return absl::OkStatus(); }
  virtual absl::Status CanMerge(const QueryCore&) const { return absl::OkStatus(); }
  // While what it was read from still lives.
  virtual void Add(Contribution&& contribution) = 0;
  // `other` is of the same class.
  virtual void Merge(QueryCore&& other) = 0;

  virtual void EncodeQuestion(PartialWriter* wire) const = 0;
  virtual void Encode(PartialWriter* wire) const = 0;
  // Into a fresh core. What is wrong is told to the reader.
  virtual void Decode(PartialReader* wire) = 0;

  // Bytes that the partial answer holds.
  virtual size_t memory_bytes() const = 0;
};

// What cores of questions with one selection share. `Core` is the class itself; needs
// question_fields.h where it is used.
template <class Core, class Question>
class CoreFor : public QueryCore {
 public:
  explicit CoreFor(Question question) : question_(std::move(question)) {}

  QuestionKind kind() const override { return KindOf(question_); }
  std::vector<const Selection*> selections() const override { return {&question_.selection}; }
  std::unique_ptr<QueryCore> Fresh() const override { return std::make_unique<Core>(question_); }
  void EncodeQuestion(PartialWriter* wire) const override { (*wire)(question_); }
  const Question& question() const { return question_; }

 protected:
  Question question_;
};

}  // namespace dolerite

#endif  // DOLERITE_QUERY_QUERY_CORE_H_
