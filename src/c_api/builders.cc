// Builders: profiles in, a block out. A builder takes pprof and OTLP bytes alike.
#include "ask/json_reader.h"
#include "block/footer.h"
#include "c_api/objects.h"
#include "c_api/profile_bytes.h"
#include "dolerite/formats.h"
#include "dolerite/otlp.h"
#include "dolerite/pprof.h"

namespace dolerite::c_api {

bool IsBlock(std::string_view bytes) { return bytes.starts_with(kMagic); }

// Bytes of an unknown format go to the reader of pprof, whose error names the formats that it
// knows.
absl::Status ViewProfiles(std::string_view bytes, const OtlpView& view) {
  if (DetectProfileFormat(bytes) == ProfileFormat::kOtlp) return ViewOtlp(bytes, view);
  DOLERITE_ASSIGN_OR_RETURN(const Profile profile, ReadPprof(bytes));
  return view(LabelSet(), profile);
}

LabelSet WithDefaults(const LabelSet& labels, const LabelSet& defaults) {
  LabelSet out = labels;
  for (const auto& [name, value] : defaults.pairs()) {
    if (!labels.Get(name)) out.Set(name, value);
  }
  return out;
}

namespace {

// An object of texts: {"name":"value"}.
absl::StatusOr<LabelSet> LabelsOf(std::string_view json) {
  std::vector<std::pair<std::string, std::string>> texts;
  const auto member = [&](ask::JsonReader& reader, std::string_view key) {
    texts.emplace_back(key, "");
    return reader.Under(Concat('.', key), [&] { return reader.Text(&texts.back().second); });
  };
  DOLERITE_RETURN_IF_ERROR(ask::ReadObject(json, "labels", member));
  return LabelSet::Make({texts.begin(), texts.end()});
}

}  // namespace
}  // namespace dolerite::c_api

using namespace dolerite;
using namespace dolerite::c_api;

extern "C" {

dolerite_code dolerite_builder_new(dolerite_builder** out, dolerite_error** error) {
  return Run(error, [&]() -> absl::Status {
    DOLERITE_C_CHECK_POINTER(out);
    auto object = std::make_unique<dolerite_builder>();
    DOLERITE_ASSIGN_OR_RETURN(object->builder, BlockBuilder::Make());
    return Give(std::move(object), out);
  });
}

// Profiles of OTLP, of which there may be several, go into a builder of their own first, which is
// merged when all were taken: so an error leaves nothing behind.
dolerite_code dolerite_builder_add(dolerite_builder* builder, const void* data, size_t size,
                                   const char* labels, size_t* added, dolerite_error** error) {
  return Run(error, [&]() -> absl::Status {
    DOLERITE_C_CHECK(builder);
    DOLERITE_ASSIGN_OR_RETURN(const std::string_view bytes, View(data, size, "data"));
    DOLERITE_ASSIGN_OR_RETURN(const LabelSet given, LabelsOf(Text(labels)));
    DOLERITE_ASSIGN_OR_RETURN(BlockBuilder apart, BlockBuilder::Make());
    const bool several = DetectProfileFormat(bytes) == ProfileFormat::kOtlp;
    BlockBuilder& to = several ? apart : *builder->builder;
    size_t count = 0;
    const auto add = [&](const LabelSet& series, const Profile& profile) {
      ++count;
      return to.Add(WithDefaults(given, series), profile);
    };
    DOLERITE_RETURN_IF_ERROR(ViewProfiles(bytes, add));
    if (several) DOLERITE_RETURN_IF_ERROR(builder->builder->Merge(std::move(apart)));
    if (added != nullptr) *added = count;
    return absl::OkStatus();
  });
}

dolerite_code dolerite_builder_finish(dolerite_builder* builder, dolerite_call* call,
                                      dolerite_bytes** out, dolerite_error** error) {
  return Run(error, [&]() -> absl::Status {
    DOLERITE_C_CHECK(builder);
    DOLERITE_C_CHECK_POINTER(out);
    DOLERITE_ASSIGN_OR_RETURN(const auto of, CallOf(call));
    DOLERITE_ASSIGN_OR_RETURN(BlockBuilder empty, BlockBuilder::Make());
    // The caller's builder is new again, whatever becomes of the block.
    BlockBuilder full = std::exchange(*builder->builder, std::move(empty));
    std::string block;
    const auto append = [&](std::string_view piece) {
      block.append(piece);
      return of->Check();
    };
    DOLERITE_RETURN_IF_ERROR(std::move(full).Finish(append, Call::OptionsOf(of).executor));
    return GiveBytes(std::move(block), out);
  });
}

void dolerite_builder_free(dolerite_builder* builder) { Free(builder); }

}  // extern "C"
