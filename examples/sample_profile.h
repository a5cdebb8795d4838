// Makes small CPU profiles by hand, so that the examples run without data.
#ifndef DOLERITE_EXAMPLES_SAMPLE_PROFILE_H_
#define DOLERITE_EXAMPLES_SAMPLE_PROFILE_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "dolerite/profile.h"

namespace examples {

// A stack, outermost call first, and the nanoseconds spent in it.
struct StackTime {
  std::vector<std::string> calls;
  int64_t nanos;
};

inline dolerite::Profile MakeProfile(const std::vector<StackTime>& stacks, int64_t time_nanos) {
  dolerite::Profile profile;
  dolerite::Symbols& symbols = profile.symbols;
  profile.sample_types = {{symbols.strings.Add("cpu"), symbols.strings.Add("nanoseconds")}};
  profile.time_nanos = time_nanos;
  std::map<std::string, dolerite::LocationId> locations;
  for (const StackTime& stack : stacks) {
    for (size_t i = stack.calls.size(); i-- > 0;) {  // leaf first
      const std::string& call = stack.calls[i];
      if (!locations.contains(call)) {
        const auto function = symbols.AddFunction(symbols.strings.Add(call), {}, {}, 0);
        symbols.locations.lines.items.push_back({function, 1});
        locations[call] = symbols.AddLocation({}, 0);
      }
      profile.stacks.items.push_back(locations[call]);
    }
    profile.stacks.Close();
    const auto row = static_cast<uint32_t>(profile.stacks.size() - 1);
    profile.samples.stack.push_back({row});
    profile.samples.attributes.push_back({});
    profile.samples.values.push_back(stack.nanos);
  }
  return profile;
}

}  // namespace examples

#endif  // DOLERITE_EXAMPLES_SAMPLE_PROFILE_H_
