#include "dolerite/decompress.h"

#include "base/out_of_memory.h"
#include "base/status.h"
#include "formats/wire/inflate.h"

namespace dolerite {

absl::StatusOr<std::string> Decompress(std::string_view bytes, const ReadLimits& limits) {
  return WithinMemory([&]() -> absl::StatusOr<std::string> {
    Inflater inflater;
    DOLERITE_ASSIGN_OR_RETURN(const std::string_view content, inflater.Inflate(bytes, limits));
    return std::string(content);
  });
}

}  // namespace dolerite
