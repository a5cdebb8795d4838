// Which profile types, series and labels there are.
#ifndef DOLERITE_CATALOG_QUESTION_H_
#define DOLERITE_CATALOG_QUESTION_H_

#include "dolerite/catalog.h"
#include "dolerite/selection.h"

namespace dolerite {

struct CatalogQuestion {
  using Answer = Catalog;
  struct Finish {};
  Selection selection;
  // Also names and values of the labels of samples. If false, what the selection says of samples
  // is ignored.
  bool sample_labels = false;
};

}  // namespace dolerite

#endif  // DOLERITE_CATALOG_QUESTION_H_
