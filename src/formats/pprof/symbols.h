// Mappings, functions and locations of a pprof file.
#ifndef DOLERITE_FORMATS_PPROF_SYMBOLS_H_
#define DOLERITE_FORMATS_PPROF_SYMBOLS_H_

#include "formats/pprof/id_table.h"
#include "formats/pprof/outline.h"
#include "model/symbol_columns.h"

namespace dolerite::pprof {

class SymbolReader {
 public:
  // Fills the tables of input.profile.symbols.
  absl::Status Decode(const Input& input, const Outline& outline);

  // From ids of the file to rows of the profile.
  const IdTable& locations() const { return locations_; }

 private:
  absl::Status DecodeMapping(const Input& input, std::string_view bytes, size_t row);
  absl::Status DecodeFunctions(const Input& input, const Spans& functions);
  bool TakeUsualFunction(const Input& input, std::string_view bytes, FunctionColumns* to);
  bool TakeUsualLocation(const Input& input, std::string_view bytes, LocationColumns* to);
  absl::Status DecodeFunction(const Input& input, std::string_view bytes, size_t row,
                              FunctionColumns* to);
  absl::Status DecodeLocations(const Input& input, const Spans& locations);
  absl::Status DecodeLocation(const Input& input, std::string_view bytes, size_t row,
                              LocationColumns* to);
  absl::Status DecodeLine(const Input& input, std::string_view bytes, const Path& path);
  void LookAtFunctionIds(const Input& input, const Outline& outline);

  bool number_functions_ = false;  // their order is their id
  bool number_lines_ = false;      // and line n, of all, has function n
  uint64_t lines_ = 0;
  IdTable mappings_, functions_, locations_;
};

}  // namespace dolerite::pprof

#endif  // DOLERITE_FORMATS_PPROF_SYMBOLS_H_
