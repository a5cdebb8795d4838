// Mappings, functions and locations of a pprof file.
#ifndef DOLERITE_FORMATS_PPROF_SYMBOLS_H_
#define DOLERITE_FORMATS_PPROF_SYMBOLS_H_

#include "formats/pprof/id_table.h"
#include "formats/pprof/outline.h"

namespace dolerite {

class PprofSymbols {
 public:
  // Fills the tables of input.profile.symbols.
  absl::Status Decode(const PprofInput& input, const PprofOutline& outline);

  // From ids of the file to rows of the profile.
  const IdTable& locations() const { return locations_; }

 private:
  absl::Status DecodeMapping(const PprofInput& input, std::string_view bytes, size_t row);
  absl::Status DecodeFunction(const PprofInput& input, std::string_view bytes, size_t row);
  absl::Status DecodeLocation(const PprofInput& input, std::string_view bytes, size_t row);
  absl::Status DecodeLine(const PprofInput& input, std::string_view bytes, const PprofPlace& place);

  IdTable mappings_, functions_, locations_;
};

}  // namespace dolerite

#endif  // DOLERITE_FORMATS_PPROF_SYMBOLS_H_
