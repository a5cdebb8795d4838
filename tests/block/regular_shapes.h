// Profiles that repeat themselves, each in its own way: few stored bytes of many rows.
#ifndef DOLERITE_TESTS_BLOCK_REGULAR_SHAPES_H_
#define DOLERITE_TESTS_BLOCK_REGULAR_SHAPES_H_

#include <string>

#include "block/go_heap_types.h"
#include "dolerite/profile.h"

namespace dolerite::testing {

inline Profile OfType(const char* type, const char* unit) {
  Profile p;
  p.sample_types.push_back({p.symbols.strings.Add(type), p.symbols.strings.Add(unit)});
  return p;
}

// A stack of one location, a sample of it.
inline void AddSample(LocationId location, AttributeSetId attributes, int64_t value, Profile* p) {
  p->stacks.items.push_back(location);
  p->stacks.Close();
  p->samples.stack.push_back({static_cast<uint32_t>(p->stacks.size() - 1)});
  p->samples.attributes.push_back(attributes);
  p->samples.values.push_back(value);
}

// Each sample has an address of its own.
inline Profile Addresses(size_t n) {
  Profile p = OfType("cpu", "count");
  for (size_t i = 0; i < n; ++i) AddSample(p.symbols.AddLocation({}, 4096 + 16 * i), {}, 1, &p);
  return p;
}

// Each sample has a function of its own, with a name.
inline Profile Names(size_t n) {
  Profile p = OfType("cpu", "count");
  Symbols& s = p.symbols;
  for (size_t i = 0; i < n; ++i) {
    const StringId name = s.strings.Add("function" + std::to_string(1'000'000 + i));
    s.locations.lines.items.push_back({s.AddFunction(name, name, name, 1), 1, 1});
    AddSample(s.AddLocation({}, 4096 + i), {}, 1, &p);
  }
  return p;
}

// One stack of n calls.
inline Profile Depth(size_t n) {
  Profile p = OfType("cpu", "count");
  const LocationId location = p.symbols.AddLocation({}, 4096);
  p.stacks.items.assign(n, location);
  AddSample(location, {}, 1, &p);
  return p;
}

// Each sample has a label set of its own.
inline Profile LabelSets(size_t n) {
  Profile p = OfType("cpu", "count");
  Symbols& s = p.symbols;
  const StringId key = s.strings.Add("key");
  const LocationId location = s.AddLocation({}, 4096);
  for (size_t i = 0; i < n; ++i) {
    s.attribute_sets.items.push_back(s.AddAttribute(key, AttributeKind::kInteger, i));
    s.attribute_sets.Close();
    AddSample(location, {static_cast<uint32_t>(i + 1)}, 1, &p);
  }
  return p;
}

// Go heap values without a size, which are stored as counts.
inline Profile GoHeap(size_t n) {
  Profile p;
  const StringId bytes = AddGoHeapTypes(&p);
  p.period_type = {p.symbols.strings.Add("space"), bytes};
  p.period = 524288;
  for (size_t i = 0; i < n; ++i) {
    AddSample(p.symbols.AddLocation({}, 4096 + 16 * i), {}, 0, &p);
    p.samples.values.insert(p.samples.values.end(), 3, 0);
  }
  return p;
}

// All samples have one link.
inline Profile OneLink(size_t n) {
  Profile p = OfType("cpu", "count");
  const LocationId location = p.symbols.AddLocation({}, 4096);
  p.links.trace_id.emplace_back()[0] = 1;
  p.links.span_id.emplace_back()[0] = 1;
  for (size_t i = 0; i < n; ++i) {
    AddSample(location, {}, 1, &p);
    p.samples.link.push_back({1});
  }
  return p;
}

// One sample that was seen at n times, a step apart; with a value at each if `timed`.
inline Profile Times(size_t n, bool timed) {
  Profile p = OfType("cpu", "count");
  AddSample(p.symbols.AddLocation({}, 4096), {}, timed ? static_cast<int64_t>(n) : 1, &p);
  p.samples.shape = {timed ? SampleShape::kTimed : SampleShape::kEvents};
  for (size_t i = 0; i < n; ++i) p.samples.timestamps.items.push_back(1000 * i);
  p.samples.timestamps.Close();
  if (timed) p.samples.timestamp_values.assign(n, 1);
  return p;
}

inline Profile Payload(size_t n) {
  Profile p = OfType("cpu", "count");
  p.payload_format = p.symbols.strings.Add("jfr");
  p.payload.assign(n, 'x');
  return p;
}

}  // namespace dolerite::testing

#endif  // DOLERITE_TESTS_BLOCK_REGULAR_SHAPES_H_
