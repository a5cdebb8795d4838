// What differs between kinds of question. What they share (which datasets, threads, cost, bytes) is
// in partial.h.
#ifndef DOLERITE_QUERY_QUERY_CORE_H_
#define DOLERITE_QUERY_QUERY_CORE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dolerite/call_context.h"
#include "dolerite/questions.h"
#include "query/partial_wire.h"
#include "query/scan/scan.h"

namespace dolerite {

// The list of questions as an enum. Frozen: in splits and partials.
#define DOLERITE_QUESTION_KIND(name, number) k##name = number,
enum class QuestionKind : uint8_t { DOLERITE_QUESTIONS(DOLERITE_QUESTION_KIND) };
#undef DOLERITE_QUESTION_KIND
// Any number may come from outside; MakeCore(QuestionKind) knows which are kinds.
constexpr QuestionKind LastOf(QuestionKind) { return QuestionKind{UINT8_MAX}; }

class QueryCore;

// For each kind: its number, and an empty core for a question, which the core's file defines.
#define DOLERITE_QUESTION_CORE(name, number)                                             \
  constexpr QuestionKind KindOf(const name##Question&) { return QuestionKind::k##name; } \
  std::unique_ptr<QueryCore> MakeCore(name##Question question);
DOLERITE_QUESTIONS(DOLERITE_QUESTION_CORE)
#undef DOLERITE_QUESTION_CORE
// An empty core for the default question of a kind; null if there is no such kind.
std::unique_ptr<QueryCore> MakeCore(QuestionKind kind);

// What one dataset adds to an answer, worked out but not yet added.
class Contribution {
 public:
  virtual ~Contribution() = default;
  std::optional<ProfileType> only_type;  // as QueryCore::only_type
};

// What the selections of a question select in one dataset: one entry for each selection, which may
// be empty.
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
  // InvalidArgument if the question makes no sense. Its selections and enums are checked elsewhere.
  virtual absl::Status Check() const { return absl::OkStatus(); }
  virtual std::vector<const Selection*> selections() const = 0;
  // Whether the values of all that is selected must be of one type and unit.
  virtual bool measures_values() const { return true; }
  // Whether samples are looked at, and not the profile table alone.
  virtual bool reads_samples() const { return true; }
  // How many threads best add to one core. Each more core has to be merged in the end.
  virtual size_t workers_of_part() const { return 1; }
  // The same question without an answer.
  virtual std::unique_ptr<QueryCore> Fresh() const = 0;

  virtual absl::StatusOr<std::unique_ptr<Contribution>> Read(const DatasetView& view,
                                                             QueryCost* cost) const = 0;
  // The type that all profiles of the answer must have, once there are any. Only for answers that
  // keep all values of a type.
  virtual std::optional<ProfileType> only_type() const { return std::nullopt; }
  // The reader of the contribution must still live. Fails only if the host has stopped the call;
  // the core may then hold a part of the contribution, as the caller throws the core away.
  virtual absl::Status Add(Contribution&& contribution, const CallContext& call) = 0;
  // `other` is of the same class. Fails only if the host has stopped the call; the core is then as
  // it was.
  virtual absl::Status Merge(QueryCore&& other, const CallContext& call) = 0;

  virtual void EncodeQuestion(PartialWriter* wire) const = 0;
  virtual void Encode(PartialWriter* wire) const = 0;
  // Into an empty core, question first. Errors are reported to the reader.
  virtual void DecodeQuestion(PartialReader* wire) = 0;
  virtual void Decode(PartialReader* wire) = 0;

  // Bytes that the partial answer holds.
  virtual size_t memory_bytes() const = 0;
};

template <class Question>
std::vector<const Selection*> SelectionsOf(const Question& question) {
  return {&question.selection};
}
inline std::vector<const Selection*> SelectionsOf(const DiffQuestion& question) {
  return {&question.base, &question.against};
}

// The core of one kind of question. The file that defines a core also says how its question is
// written: Fields(wire, question).
template <class Question>
class CoreFor : public QueryCore {
 public:
  explicit CoreFor(Question question) : question_(std::move(question)) {}

  QuestionKind kind() const override { return KindOf(question_); }
  std::vector<const Selection*> selections() const override { return SelectionsOf(question_); }
  std::unique_ptr<QueryCore> Fresh() const override { return MakeCore(question_); }
  void EncodeQuestion(PartialWriter* wire) const override { (*wire)(question_); }
  void DecodeQuestion(PartialReader* wire) override { (*wire)(question_); }
  const Question& question() const { return question_; }

  // The answer. The core can't be used afterwards, as what it holds may move into the answer; but
  // if the host has stopped the call, the core is as it was.
  virtual absl::StatusOr<typename Question::Answer> Finish(const std::vector<Measure>& measures,
                                                           const typename Question::Finish& how,
                                                           const CallContext& call) = 0;

 protected:
  Question question_;
};

}  // namespace dolerite

#endif  // DOLERITE_QUERY_QUERY_CORE_H_
