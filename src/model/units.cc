// Units by the names that profilers, google/pprof and OTLP give them. Multiples of bytes are powers
// of two whatever they are called, as google/pprof has them.
#include "dolerite/units.h"

#include <algorithm>
#include <iterator>
#include <string>

namespace dolerite {

namespace {

struct NamedUnit {
  std::string_view name;
  Unit unit;
};

constexpr Unit Bytes(int power_of_2) { return {Dimension::kBytes, int64_t{1} << power_of_2}; }
constexpr Unit Time(int64_t nanos) { return {Dimension::kTime, nanos}; }

// Lower case and singular. Names of google/pprof's, UCUM's (OTLP), and what agents write.
constexpr NamedUnit kUnits[] = {
    {"b", Bytes(0)},
    {"by", Bytes(0)},
    {"byte", Bytes(0)},
    {"kb", Bytes(10)},
    {"kib", Bytes(10)},
    {"kiby", Bytes(10)},
    {"kbyte", Bytes(10)},
    {"kilobyte", Bytes(10)},
    {"kibibyte", Bytes(10)},
    {"mb", Bytes(20)},
    {"mib", Bytes(20)},
    {"miby", Bytes(20)},
    {"mbyte", Bytes(20)},
    {"megabyte", Bytes(20)},
    {"mebibyte", Bytes(20)},
    {"gb", Bytes(30)},
    {"gib", Bytes(30)},
    {"giby", Bytes(30)},
    {"gbyte", Bytes(30)},
    {"gigabyte", Bytes(30)},
    {"gibibyte", Bytes(30)},
    {"tb", Bytes(40)},
    {"tib", Bytes(40)},
    {"tiby", Bytes(40)},
    {"tbyte", Bytes(40)},
    {"terabyte", Bytes(40)},
    {"tebibyte", Bytes(40)},
    {"pb", Bytes(50)},
    {"pib", Bytes(50)},
    {"piby", Bytes(50)},
    {"pbyte", Bytes(50)},
    {"petabyte", Bytes(50)},
    {"pebibyte", Bytes(50)},
    {"ns", Time(1)},
    {"nano", Time(1)},
    {"nanosecond", Time(1)},
    {"us", Time(1'000)},
    {"\u00b5s", Time(1'000)},  // the micro sign
    {"\u03bcs", Time(1'000)},  // the Greek letter
    {"micro", Time(1'000)},
    {"microsecond", Time(1'000)},
    {"ms", Time(1'000'000)},
    {"milli", Time(1'000'000)},
    {"millisecond", Time(1'000'000)},
    {"s", Time(1'000'000'000)},
    {"sec", Time(1'000'000'000)},
    {"second", Time(1'000'000'000)},
    {"min", Time(60'000'000'000)},
    {"minute", Time(60'000'000'000)},
    {"hr", Time(3'600'000'000'000)},
    {"hour", Time(3'600'000'000'000)},
};

const NamedUnit* Find(std::string_view name) {
  const auto at = std::find_if(std::begin(kUnits), std::end(kUnits),
                               [&](const NamedUnit& unit) { return unit.name == name; });
  return at == std::end(kUnits) ? nullptr : &*at;
}

}  // namespace

// Units come from files: a name that is longer than any unit is refused before it is copied.
Unit UnitNamed(std::string_view name) {
  constexpr size_t kLongest = 16;
  if (name.size() > kLongest) return {};
  std::string lower(name);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  // The name itself first: "s" and "us" are no plurals.
  const NamedUnit* unit = Find(lower);
  if (unit == nullptr && lower.size() > 2 && lower.back() == 's') {
    unit = Find(std::string_view(lower).substr(0, lower.size() - 1));
  }
  return unit == nullptr ? Unit{} : unit->unit;
}

// Units that are not known are of one dimension only if they are equal.
bool SameDimension(std::string_view unit, std::string_view other) {
  if (unit == other) return true;
  const Dimension dimension = UnitNamed(unit).dimension;
  return dimension != Dimension::kOther && dimension == UnitNamed(other).dimension;
}

}  // namespace dolerite
