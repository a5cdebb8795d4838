#include "support/source_dir.h"

namespace dolerite {

std::string SourceDir() { return DOLERITE_SOURCE_DIR; }

}  // namespace dolerite
