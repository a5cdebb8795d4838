// The samples of a pprof file.
#ifndef DOLERITE_FORMATS_PPROF_SAMPLES_H_
#define DOLERITE_FORMATS_PPROF_SAMPLES_H_

#include <vector>

#include "formats/pprof/id_table.h"
#include "formats/pprof/labels.h"
#include "formats/pprof/outline.h"

namespace dolerite {

class PprofSamples {
 public:
  // Fills samples, stacks, links and labels of input.profile, which has all else.
  // Each sample that is not empty gets a stack of its own.
  absl::Status Decode(const PprofInput& input, const PprofOutline& outline,
                      const IdTable& locations);

 private:
  absl::Status DecodeSample(std::string_view bytes, size_t row);
  bool Fits(PprofMessage* m) const;
  void TakeLocations(PprofMessage* m);
  void TakeValues(PprofMessage* m);
  void TakeLabel(PprofMessage* m, size_t row);
  absl::Status DecodeLabel(std::string_view bytes, const PprofPlace& place);
  // Ends the sample with what was taken.
  void Keep();
  // Undoes what was taken since the last sample.
  void Drop();

  const PprofInput* input_ = nullptr;
  const IdTable* locations_ = nullptr;
  size_t types_ = 0;
  PprofLabels labels_;
  // Of the present sample.
  std::vector<AttributeId> sample_labels_;
  size_t first_value_ = 0;
  size_t first_entry_ = 0;
  bool broken_ = false;  // lenient: to be dropped
};

}  // namespace dolerite

#endif  // DOLERITE_FORMATS_PPROF_SAMPLES_H_
