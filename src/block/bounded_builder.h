// A block builder with bounds of its own, so that tests reach each of them cheaply.
#ifndef DOLERITE_BLOCK_BOUNDED_BUILDER_H_
#define DOLERITE_BLOCK_BOUNDED_BUILDER_H_

#include "absl/status/statusor.h"
#include "block/format_bounds.h"
#include "dolerite/block_builder.h"

namespace dolerite {

struct BoundedBuilder {
  // No bound may be larger than the format's.
  static absl::StatusOr<BlockBuilder> Make(const BlockOptions& options, const FormatBounds& bounds);
};

}  // namespace dolerite

#endif  // DOLERITE_BLOCK_BOUNDED_BUILDER_H_
