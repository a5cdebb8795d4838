// Gives tables away through the C stream interface.
#ifndef DOLERITE_ARROW_EXPORT_STREAM_H_
#define DOLERITE_ARROW_EXPORT_STREAM_H_

#include <memory>
#include <optional>

#include "absl/status/statusor.h"
#include "arrow/column.h"

namespace dolerite::arrow {

// Batches of a table, one after the other.
class BatchSource {
 public:
  virtual ~BatchSource() = default;
  virtual const Schema& schema() const = 0;
  // nullopt at the end, and after it. After an error it is not asked again.
  virtual absl::StatusOr<std::optional<Batch>> Next() = 0;
};

// `out` holds the source until it is released.
void ExportStream(std::unique_ptr<BatchSource> source, ArrowArrayStream* out);

// A table of one batch.
void ExportTable(Schema schema, Batch batch, ArrowArrayStream* out);

}  // namespace dolerite::arrow

#endif  // DOLERITE_ARROW_EXPORT_STREAM_H_
