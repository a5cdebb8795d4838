// A profile of several sample types goes as several OTLP profiles of one scope.
#include <algorithm>

#include "formats/otlp/parts.h"

namespace dolerite::otlp {

namespace {

// The first condition of being one profile: sample by sample the same stacks, attributes and links.
bool SameSamples(const Samples& a, const Samples& b) {
  return a.stack == b.stack && a.attributes == b.attributes && a.link == b.link;
}

// Whether `b` can be a further sample type of `a`: all but the type and the values is equal.
bool IsSameProfile(const Part& a, const Part& b) {
  return b.types.size() == 1 && b.samples.shape.empty() && b.payload.empty() && b.format.empty() &&
         (!b.id.has_value() || b.id == a.id) && a.time == b.time && a.duration == b.duration &&
         a.period == b.period && a.period_type == b.period_type && a.dropped == b.dropped &&
         a.attributes == b.attributes && a.comments == b.comments &&
         a.default_type == b.default_type && SameSamples(a.samples, b.samples);
}

bool HasType(const Part& part, const ValueType& type) {
  return std::find(part.types.begin(), part.types.end(), type) != part.types.end();
}

// Whether `order` has each number of [0, parts) once.
bool IsPermutation(const std::vector<int64_t>& order, size_t parts) {
  std::vector<int64_t> sorted = order;
  std::sort(sorted.begin(), sorted.end());
  for (size_t i = 0; i < sorted.size(); ++i) {
    if (sorted[i] != static_cast<int64_t>(i)) return false;
  }
  return sorted.size() == parts;
}

// Makes parts [first, last) one; part i becomes sample type place(i). Values are interleaved: each
// sample has its values of all types side by side.
template <class Place>
Part Join(std::vector<Part>* parts, size_t first, size_t last, const Place& place) {
  const size_t types = last - first, rows = (*parts)[first].samples.size();
  std::vector<ValueType> names(types);
  std::vector<int64_t> values(types * rows);
  for (size_t i = 0; i < types; ++i) {
    const Part& part = (*parts)[first + i];
    const size_t at = place(i);
    names[at] = part.types[0];
    for (size_t row = 0; row < rows; ++row) values[row * types + at] = part.samples.values[row];
  }
  Part joined = std::move((*parts)[first]);
  joined.types = std::move(names);
  joined.samples.values = std::move(values);
  return joined;
}

}  // namespace

// No more profiles are joined than a profile may have sample types. Two ways. A scope with an order
// says that all of its profiles are one; if they do not fit together it is ignored. Otherwise
// neighbours of equal samples are joined as long as their types differ.
bool JoinParts(const std::vector<int64_t>& order, const ReadLimits& limits,
               std::vector<Part>* parts, OtlpReadReport* report) {
  const size_t n = parts->size();
  if (n == 1 && order.empty()) return false;
  const auto all_same = [&] {
    return std::all_of(parts->begin() + 1, parts->end(),
                       [&](const Part& part) { return IsSameProfile((*parts)[0], part); });
  };
  if (n > 0 && n <= limits.sample_types && (*parts)[0].types.size() == 1 &&
      IsPermutation(order, n) && all_same()) {
    Part joined = Join(parts, 0, n, [&](size_t i) { return static_cast<size_t>(order[i]); });
    parts->clear();
    parts->push_back(std::move(joined));
    report->profiles_joined += n - 1;
    return true;
  }
  std::vector<Part> out;
  // A run of neighbours begins at `first` and ends before `last`.
  for (size_t first = 0, last = 0; first < n; first = last) {
    const Part& head = (*parts)[first];
    Part seen;  // holds the types that were joined so far
    seen.types = head.types;
    for (last = first + 1; last < n; ++last) {
      const Part& part = (*parts)[last];
      if (head.types.size() != 1 || head.samples.size() == 0 || !IsSameProfile(head, part)) break;
      if (seen.types.size() >= limits.sample_types || HasType(seen, part.types[0])) break;
      seen.types.push_back(part.types[0]);
    }
    report->profiles_joined += last - first - 1;
    if (last - first == 1) {
      out.push_back(std::move((*parts)[first]));
    } else {
      out.push_back(Join(parts, first, last, [](size_t i) { return i; }));
    }
  }
  const bool joined = out.size() < n;
  *parts = std::move(out);
  return joined;
}

}  // namespace dolerite::otlp
