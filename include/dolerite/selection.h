// Says which samples a question is about.
#ifndef DOLERITE_SELECTION_H_
#define DOLERITE_SELECTION_H_

#include <array>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "dolerite/export.h"
#include "dolerite/labels.h"
#include "dolerite/profile.h"
#include "dolerite/profile_type.h"

namespace dolerite {

// A condition on one label. A missing label counts as "".
// Regular expressions (RE2) match the whole value.
struct LabelMatcher {
  enum class Op : uint8_t { kEqual, kNotEqual, kMatch, kNoMatch };  // frozen: in splits
  std::string name;
  Op op = Op::kEqual;
  std::string value;
};

// Parses `{a="b", c!="d", e=~"f.*", "two words"!~"h"}`; the braces may be left out. Names with
// other characters than letters, digits and `_.:/-` need quotes. InvalidArgument, with the
// position, for anything else.
DOLERITE_EXPORT absl::StatusOr<std::vector<LabelMatcher>> ParseMatchers(std::string_view text);

// Addresses [begin, end) of a mapping, as offsets in its file: address - start + offset. So flame
// graphs by address show them.
struct AddressRange {
  std::string mapping;  // its file, the file's name without folders, that in brackets, or build id
  uint64_t begin = 0;
  uint64_t end = std::numeric_limits<uint64_t>::max();
};

// Which stacks, and which of their frames. The first five are regular expressions (RE2) with the
// meaning of google/pprof's options of the same names: they match anywhere in the name and file of
// a function and in the file of a mapping; "" sets no condition. All conditions must hold. Stacks
// are chosen as they came; frames are left out afterwards.
struct StackFilter {
  std::string focus;      // stacks that have a location that matches
  std::string ignore;     // no stacks that have a location that matches this
  std::string hide;       // frames that match are left out, and stacks left without frames
  std::string show;       // frames that do not match are left out
  std::string show_from;  // frames that called the outermost match are left out; stacks without one
  // The outermost frames, root first, as flame graphs by function name them.
  std::vector<std::string> call_path;
  // Stacks with this function (named as in flame graphs), from its outermost call on.
  std::string below;
  // Stacks that have a location in one of these; for frames that have no symbols.
  std::vector<AddressRange> addresses;
  // As google/pprof applies the expressions that profiles carry (Profile::drop_frames,
  // keep_frames), before all other conditions: from the root on, the first frame whose function's
  // whole name matches drop_frames, but not keep_frames, ends the stack together with all that it
  // called; frames before the first one that does not match stay. Names are seen without their
  // arguments.
  std::string drop_frames, keep_frames;

  bool empty() const;
};

using TraceId = std::array<uint8_t, 16>;
using SpanId = std::array<uint8_t, 8>;

struct Selection {
  // Profiles with start <= time < end; all if left as they are.
  int64_t start_nanos = std::numeric_limits<int64_t>::min();
  int64_t end_nanos = std::numeric_limits<int64_t>::max();
  std::vector<LabelMatcher> matchers;  // on labels of series
  // "": the only type of the blocks. A name as of ProfileType::name, or Pyroscope's five parts
  // `process_cpu:cpu:nanoseconds:cpu:nanoseconds` (name, sample type and unit, period type and
  // unit), of which any may be empty; its names process_cpu and memory mean cpu and heap too.
  std::string profile_type;
  // "name", or "name/unit" where a name has several units; "": the default one, else the last.
  // Units of one dimension (ns, milliseconds) go together: the answer is in the finest one.
  std::string sample_type;
  // Any of these profiles; all if empty.
  std::vector<ProfileId> profile_ids;

  // Conditions on samples; profiles' totals do not answer these.
  std::vector<LabelMatcher> sample_matchers;  // on labels of samples; numbers as decimal text
  // As google/pprof's -tagfocus and -tagignore: `[key=]regex[,regex]` or `[key=]range` with ranges
  // like `32kb`, `:64kb`, `4mb:` and `12kb:64mb`.
  std::string tag_focus, tag_ignore;
  // Samples linked to one of these; if both lists are given, to one of each.
  std::vector<TraceId> trace_ids;
  std::vector<SpanId> span_ids;
  // Timestamps with start <= timestamp < end, and their part of the sample's values: one value for
  // n timestamps is split evenly, with the remainder on the first ones. Samples without timestamps
  // count as taken at their profile's time.
  int64_t sample_start_nanos = std::numeric_limits<int64_t>::min();
  int64_t sample_end_nanos = std::numeric_limits<int64_t>::max();
  StackFilter stacks;

  bool selects_links() const { return !trace_ids.empty() || !span_ids.empty(); }
  bool cuts_sample_times() const;
  // Whether it asks for less than all samples of the profiles it selects.
  bool selects_samples() const;
};

// A selection made ready to ask: regular expressions are compiled once. Copies share them. Safe
// from many threads.
class DOLERITE_EXPORT SelectionFilter {
 public:
  // InvalidArgument for a bad regular expression, tag filter or a range that ends before it starts,
  // with the place.
  static absl::StatusOr<SelectionFilter> Make(const Selection& selection);

  // Whether profiles of this type and series are selected at some time.
  bool TakesSeries(const ProfileType& type, const LabelSet& series) const;
  // Whether [min_nanos, max_nanos], both inclusive, has a time that is selected.
  bool TakesTimes(int64_t min_nanos, int64_t max_nanos) const;
  bool TakesTime(int64_t nanos) const { return TakesTimes(nanos, nanos); }
  bool TakesProfile(const ProfileId& id) const;

  const Selection& selection() const;

  struct State;  // what the library itself keeps of a filter

 private:
  friend struct FilterAccess;
  std::shared_ptr<const State> state_;
};

}  // namespace dolerite

#endif  // DOLERITE_SELECTION_H_
