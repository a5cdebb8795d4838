// Guesses rows of merged tables and checks the guesses.
#ifndef DOLERITE_MODEL_SYMBOL_RECALL_H_
#define DOLERITE_MODEL_SYMBOL_RECALL_H_

#include <cstdint>
#include <span>

#include "model/row_set.h"
#include "model/source_locations.h"
#include "model/symbol_merger.h"

namespace dolerite {

// Checks whether a location of a source is a row of merged tables, with all that it refers to. What
// has no row yet is compared by content, so neither the location nor its functions nor their
// strings are hashed; what is found equal gets its row in the remap. Profiles of one program have
// nearly all locations in common, so a guess by mapping and address is nearly always right.
class SymbolRecall {
 public:
  static constexpr uint32_t kUnknown = UINT32_MAX;

  // Mappings and sets of attributes have their rows in `remap`. Functions and strings that have
  // none are kUnknown.
  SymbolRecall(const Symbols& from, const Symbols& to, SymbolMerger::Remap* remap)
      : source_(from, *remap),
        from_(from),
        to_(to),
        strings_(remap->strings.data()),
        functions_(remap->functions.data()) {}

  // What guesses are found by. The first line's number helps where there are no addresses.
  static uint64_t Hash(uint64_t seed, MappingId mapping, uint64_t address,
                       std::span<const Line> lines) {
    const uint64_t line = lines.empty() ? 0 : static_cast<uint64_t>(lines[0].line);
    return MixHash(seed, address ^ uint64_t{mapping.value} << 48 ^ line << 32);
  }
  uint64_t Hash(uint32_t row, uint64_t seed) const {
    const SourceLocations::Row r = source_.row(row);
    return Hash(seed, r.mapping, r.address, source_.lines(row));
  }

  bool IsLocation(uint32_t row, uint32_t merged) const {
    return source_.Is(row, source_.row(row), to_.locations, merged,
                      [&](const Line& line, const Line& other) {
                        return line.line == other.line && line.column == other.column &&
                               IsFunction(line.function.value, other.function.value);
                      });
  }

 private:
  bool IsFunction(uint32_t row, uint32_t merged) const {
    FunctionId& known = functions_[row];
    if (known.value != kUnknown) return known.value == merged;
    // A function that says nothing is not "no function".
    if (merged == 0) return false;
    const Functions &f = from_.functions, &g = to_.functions;
    if (f.start_line.data()[row] != g.start_line.data()[merged] ||
        !IsString(f.name.data()[row], g.name.data()[merged]) ||
        !IsString(f.system_name.data()[row], g.system_name.data()[merged]) ||
        !IsString(f.file.data()[row], g.file.data()[merged])) {
      return false;
    }
    known = {merged};
    return true;
  }

  bool IsString(StringId id, StringId merged) const {
    StringId& known = strings_[id.value];
    if (known.value != kUnknown) return known == merged;
    if (from_.strings[id] != to_.strings[merged]) return false;
    known = merged;
    return true;
  }

  const SourceLocations source_;
  const Symbols& from_;
  const Symbols& to_;
  StringId* strings_;
  FunctionId* functions_;
};

}  // namespace dolerite

#endif  // DOLERITE_MODEL_SYMBOL_RECALL_H_
