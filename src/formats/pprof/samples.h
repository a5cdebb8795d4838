// The samples of a pprof file.
#ifndef DOLERITE_FORMATS_PPROF_SAMPLES_H_
#define DOLERITE_FORMATS_PPROF_SAMPLES_H_

#include <vector>

#include "formats/pprof/id_table.h"
#include "formats/pprof/labels.h"
#include "formats/pprof/outline.h"
#include "model/row_set.h"

namespace dolerite::pprof {

class SampleReader {
 public:
  // Fills samples, stacks, links and labels of input.profile, which has all else.
  // Equal stacks are one.
  absl::Status Decode(const Input& input, const Outline& outline, const IdTable& locations);

 private:
  absl::Status DecodeSample(std::string_view bytes, size_t row);
  void Begin();
  // M is a PlainMessage or a Message.
  template <class M>
  void TakeSample(const Path& path, M* m);
  template <class M>
  bool Fits(M* m) const;
  template <class M>
  void TakeLocations(M* m);
  template <class M>
  void TakeValues(M* m);
  template <class M>
  void TakeLabel(const Path& path, M* m);
  template <class M>
  void TakeLabelFields(M* m);
  // Ends the sample with what was taken.
  absl::Status Keep();
  StackId CloseStack();
  // Takes back what was taken since the last sample.
  void Undo();

  const Input* input_ = nullptr;
  const IdTable* locations_ = nullptr;
  size_t types_ = 0;
  LabelReader labels_;
  RowSet stack_rows_;
  const uint64_t seed_ = SeedFor(this);
  // Of the present sample.
  size_t first_value_ = 0;
  size_t first_entry_ = 0;
  size_t labels_seen_ = 0;
  bool broken_ = false;  // lenient: to be dropped
};

}  // namespace dolerite::pprof

#endif  // DOLERITE_FORMATS_PPROF_SAMPLES_H_
