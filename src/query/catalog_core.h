// The partial answer behind catalogs.
#ifndef DOLERITE_QUERY_CATALOG_CORE_H_
#define DOLERITE_QUERY_CATALOG_CORE_H_

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "dolerite/query.h"
#include "query/query_core.h"

namespace dolerite {

class CatalogCore : public QueryCore {
 public:
  explicit CatalogCore(CatalogQuestion question) : question_(std::move(question)) {}

  QuestionKind kind() const override { return QuestionKind::kCatalog; }
  std::vector<const Selection*> selections() const override { return {&question_.selection}; }
  bool measures_values() const override { return false; }
  bool reads_samples() const override { return question_.sample_labels; }
  std::unique_ptr<QueryCore> Fresh() const override {
    return std::make_unique<CatalogCore>(question_);
  }
  absl::StatusOr<std::unique_ptr<Contribution>> Read(const DatasetView& view,
                                                     QueryCost* cost) const override;
  void Add(Contribution&& contribution) override;
  void Merge(QueryCore&& other) override;
  void EncodeQuestion(WireWriter* wire) const override;
  void Encode(WireWriter* wire) const override;
  void Decode(WireReader* wire) override;
  size_t memory_bytes() const override;

  const CatalogQuestion& question() const { return question_; }
  Catalog Finish() const;

  struct Seen {
    uint64_t profiles = 0;
    int64_t min_time = INT64_MAX, max_time = INT64_MIN;

    void Add(const Seen& other);
  };
  struct Found : Contribution {
    std::map<std::pair<ProfileType, LabelSet>, Seen> series;
    std::map<std::string, std::set<std::string>> sample_labels;

    void Add(const Found& other);
  };

 private:
  CatalogQuestion question_;
  Found found_;
};

}  // namespace dolerite

#endif  // DOLERITE_QUERY_CATALOG_CORE_H_
