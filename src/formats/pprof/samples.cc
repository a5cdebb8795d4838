#include "formats/pprof/samples.h"

#include <algorithm>

#include "formats/pprof/wire.h"

namespace dolerite {

absl::Status PprofSamples::Decode(const PprofInput& input, const PprofOutline& outline,
                                  const IdTable& locations) {
  input_ = &input;
  locations_ = &locations;
  types_ = input.profile.sample_types.size();
  labels_.Reset(input.options, &input.profile);
  const size_t rows = outline.samples.size();
  Samples& samples = input.profile.samples;
  samples.stack.reserve(rows), samples.attributes.reserve(rows);
  // A value takes at least a byte, whatever the counts say.
  samples.values.reserve(std::min(rows * types_, input.bytes.size()));
  input.profile.stacks.ends.reserve(rows + 1);
  for (size_t i = 0; i < rows; ++i) {
    DOLERITE_RETURN_IF_ERROR(DecodeSample(outline.samples[i], i));
  }
  return absl::OkStatus();
}

absl::Status PprofSamples::DecodeSample(std::string_view bytes, size_t row) {
  namespace field = pprof::sample;
  first_value_ = input_->profile.samples.values.size();
  first_entry_ = input_->profile.stacks.items.size();
  sample_labels_.clear();
  broken_ = false;
  PprofMessage m(*input_, bytes, {"sample", row});
  while (m.Next()) {
    switch (m.number()) {
      case field::kLocationId:
        TakeLocations(&m);
        break;
      case field::kValue:
        TakeValues(&m);
        break;
      case field::kLabel:
        TakeLabel(&m, row);
        break;
      default:
        m.Unknown();
    }
  }
  if (!m.ok()) return m.status();
  const size_t values = input_->profile.samples.values.size() - first_value_;
  if (values == types_ && types_ > 0 && !broken_) {
    Keep();
  } else if (input_->options.lenient) {
    Drop();
  } else {
    return m.Fault("value", Concat(values, " values for ", types_, " sample types"));
  }
  return absl::OkStatus();
}

// False, with a fault, if the ids of this field are too many.
bool PprofSamples::Fits(PprofMessage* m) const {
  const ReadLimits& limits = input_->options.limits;
  const size_t before = input_->profile.stacks.items.size();
  if (const size_t most = before + m->MostNumbers();
      most - first_entry_ <= limits.stack_depth && most <= limits.stack_entries) {
    return true;
  }
  const size_t after = before + m->CountNumbers();
  m->SetStatus(CheckLimit("pprof: stack_depth", after - first_entry_, limits.stack_depth));
  m->SetStatus(CheckLimit("pprof: stack_entries", after, limits.stack_entries));
  return m->ok();
}

void PprofSamples::TakeLocations(PprofMessage* m) {
  if (!Fits(m)) return;
  std::vector<LocationId>& items = input_->profile.stacks.items;
  m->Numbers("location_id", [&](uint64_t id) {
    const uint32_t location = locations_->Find(id);
    if (location != IdTable::kMissing) {
      items.push_back(LocationId{location});
    } else if (input_->options.lenient) {
      broken_ = true;
    } else {
      m->Fail("location_id", Concat(id, " is not in the location table"));
    }
  });
}

void PprofSamples::TakeValues(PprofMessage* m) {
  std::vector<int64_t>& values = input_->profile.samples.values;
  m->Numbers("value", [&](uint64_t value) {
    if (values.size() - first_value_ < types_) {
      values.push_back(static_cast<int64_t>(value));
    } else if (input_->options.lenient) {
      broken_ = true;
    } else {
      m->Fail("value", Concat("more values than the ", types_, " sample types"));
    }
  });
}

void PprofSamples::TakeLabel(PprofMessage* m, size_t row) {
  const size_t seen = sample_labels_.size(), max = input_->options.limits.labels_per_sample;
  const std::string_view bytes = m->Bytes("label");
  if (!m->ok()) return;
  if (seen >= max) return m->SetStatus(CheckLimit("pprof: labels_per_sample", seen + 1, max));
  m->SetStatus(DecodeLabel(bytes, {"sample", row, "label", seen}));
}

absl::Status PprofSamples::DecodeLabel(std::string_view bytes, const PprofPlace& place) {
  namespace field = pprof::label;
  PprofMessage m(*input_, bytes, place);
  StringId key, text, unit;
  uint64_t number = 0;
  bool is_text = false;
  while (m.Next()) {
    switch (m.number()) {
      case field::kKey:
        key = m.Text("key");
        break;
      case field::kStr:
        is_text = m.Number("str") != 0;
        text = m.Text("str");
        break;
      case field::kNum:
        number = m.Number("num");
        break;
      case field::kNumUnit:
        unit = m.Text("num_unit");
        break;
      default:
        m.Unknown();
    }
  }
  if (!m.ok()) return m.status();
  input_->report.labels_with_two_values += is_text && number != 0;
  sample_labels_.push_back(is_text ? labels_.Add(key, AttributeKind::kString, text.value, unit)
                                   : labels_.Add(key, AttributeKind::kInteger, number, unit));
  return absl::OkStatus();
}

void PprofSamples::Keep() {
  Profile& p = input_->profile;
  Samples& s = p.samples;
  const LinkId link = labels_.TakeLink(&sample_labels_);
  if (link != LinkId{} || !s.link.empty()) {
    s.link.resize(s.size());  // the samples before had none
    s.link.push_back(link);
  }
  s.attributes.push_back(labels_.AddSet(&sample_labels_));
  StackId stack;
  if (p.stacks.items.size() > first_entry_) {
    stack.value = static_cast<uint32_t>(p.stacks.size());
    p.stacks.Close();
  }
  s.stack.push_back(stack);
}

void PprofSamples::Drop() {
  ++input_->report.samples_dropped;
  input_->profile.samples.values.resize(first_value_);
  input_->profile.stacks.items.resize(first_entry_);
}

}  // namespace dolerite
