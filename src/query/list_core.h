// The partial answer behind lists of profiles.
#ifndef DOLERITE_QUERY_LIST_CORE_H_
#define DOLERITE_QUERY_LIST_CORE_H_

#include <memory>
#include <vector>

#include "dolerite/query.h"
#include "query/query_core.h"

namespace dolerite {

class ListCore : public QueryCore {
 public:
  explicit ListCore(ListQuestion question) : question_(std::move(question)) {}

  QuestionKind kind() const override { return QuestionKind::kList; }
  std::vector<const Selection*> selections() const override { return {&question_.selection}; }
  bool measures_values() const override { return false; }
  bool reads_samples() const override { return question_.selection.selects_samples(); }
  std::unique_ptr<QueryCore> Fresh() const override {
    return std::make_unique<ListCore>(question_);
  }
  absl::StatusOr<std::unique_ptr<Contribution>> Read(const DatasetView& view,
                                                     QueryCost* cost) const override;
  void Add(Contribution&& contribution) override;
  void Merge(QueryCore&& other) override;
  void EncodeQuestion(WireWriter* wire) const override;
  void Encode(WireWriter* wire) const override;
  void Decode(WireReader* wire) override;
  size_t memory_bytes() const override { return held_; }

  const ListQuestion& question() const { return question_; }
  std::vector<ListedProfile> Finish(const ListQuestion::Finish& how) const;

 private:
  ListQuestion question_;
  void Append(std::vector<ListedProfile>&& more);

  std::vector<ListedProfile> profiles_;
  size_t held_ = 0;
};

}  // namespace dolerite

#endif  // DOLERITE_QUERY_LIST_CORE_H_
