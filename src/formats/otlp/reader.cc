// Reads OTLP Profiles message by message: the layout, the dictionary, then resources, scopes and
// profiles from the outside in.
//
//   InputReader     one input: JSON, frames, or one message; the layout of each message
//   ProfilesReader  one message: Dictionary, then DecodeResource, DecodeScope and PartDecoder for
//                   each Profile, JoinParts for sample types that were split, Importer to make
//                   profiles that share the dictionary
//   Take            what the caller wants of each message: Read gives each profile tables of its
//                   own at once; View keeps all messages, and shows their profiles when the whole
//                   input was read
//
// Every level passes its status through Context::Refuse, which notes and drops it if the caller
// wants what is sound.
#include <algorithm>
#include <functional>
#include <utility>

#include "base/out_of_memory.h"
#include "base/status.h"
#include "dolerite/otlp.h"
#include "formats/otlp/frames.h"
#include "formats/otlp/import.h"
#include "formats/otlp/json.h"
#include "formats/otlp/layout.h"
#include "formats/otlp/parts.h"
#include "formats/otlp/resource.h"
#include "formats/otlp/shared_profiles.h"
#include "formats/wire/inflate.h"

namespace dolerite {

namespace otlp {

namespace {

using Take = std::function<absl::Status(Context&, SharedProfiles)>;

// Keeps its buffers from message to message.
class ProfilesReader {
 public:
  explicit ProfilesReader(Context& context)
      : context_(context), decoder_(context, dictionary_), importer_(context, dictionary_) {}

  // Memory for the parts lasts as long as the message and is returned at its end. Profiles that
  // were sound until a fault ended the message are taken all the same.
  absl::Status Read(std::string_view bytes, const Path& path, const Take& take) {
    profiles_.clear(), kept_.clear();  // what an error has left
    dictionary_.Clear(context_.options.limits, bytes);
    DOLERITE_RETURN_IF_ERROR(ReadDictionary(bytes, path));
    int64_t row = 0;
    Message m(context_, bytes, path);
    while (m.Next()) {
      if (m.number() != data::kResourceProfiles) continue;
      const Path at{&path, "resource_profiles", row++};
      m.SetStatus(context_.Refuse(ReadResource(m.Bytes("resource_profiles"), at), at));
    }
    DOLERITE_RETURN_IF_ERROR(Keep(&dictionary_, std::exchange(profiles_, {})));
    DOLERITE_RETURN_IF_ERROR(HandOver(take));
    return m.status();
  }

  size_t profiles() const { return count_; }
  // Tables that were taken, for their memory.
  void GiveBack(Profile tables) {
    spare_ = std::move(tables);
    spare_.tables_mark = {};
  }

 private:
  // The tables go with the profiles.
  absl::Status Keep(Dictionary* dictionary, std::vector<SeriesProfile> profiles) {
    context_.ReturnScratch();
    if (profiles.empty()) return absl::OkStatus();
    SharedProfiles& shared = kept_.emplace_back();
    shared.tables = std::exchange(spare_, NoTables());
    shared.profiles = std::move(profiles);
    shared.tables_bytes = dictionary->bytes();
    DOLERITE_RETURN_IF_ERROR(context_.Charge(shared.tables_bytes));
    dictionary->MoveTo(&shared.tables);
    return absl::OkStatus();
  }

  // All profiles of the message. A message of 1.5 has tables for each of them.
  absl::Status HandOver(const Take& take) {
    std::vector<SharedProfiles> kept = std::exchange(kept_, {});
    if (kept.size() == 1) kept[0].whole = kept[0].profiles.size() == 1;
    for (SharedProfiles& shared : kept) {
      count_ += shared.profiles.size();
      DOLERITE_RETURN_IF_ERROR(CountReached(context_, shared));
      DOLERITE_RETURN_IF_ERROR(take(context_, std::move(shared)));
    }
    return absl::OkStatus();
  }

  // The tables lie in the message up to 1.6, in a message of their own from 1.7 on.
  // Fields that are no tables and no profiles are counted as unknown.
  absl::Status ReadDictionary(std::string_view bytes, const Path& path) {
    const Path at{&path, "dictionary"};
    const auto& tables = TableOf(context_.layout).table;
    Message m(context_, bytes, path);
    while (m.Next()) {
      if (context_.layout >= OtlpLayout::k1_7 && m.number() == data::kDictionary) {
        m.SetStatus(dictionary_.Collect(context_, m.Bytes("dictionary"), at));
      } else if (m.number() != data::kResourceProfiles) {
        const bool may_be_table = context_.layout == OtlpLayout::k1_6;
        dictionary_.Collect(context_, m, may_be_table ? FieldOf(tables, m.number()) : Table::kNone);
      }
    }
    DOLERITE_RETURN_IF_ERROR(m.status());
    if (context_.layout == OtlpLayout::k1_5) return absl::OkStatus();
    return dictionary_.Decode(context_, at);
  }

  // The resource is decoded before its scopes, wherever it is in the message.
  absl::Status ReadResource(std::string_view bytes, const Path& path) {
    ResourceInfo resource;
    DOLERITE_RETURN_IF_ERROR(DecodeResource(context_, bytes, dictionary_.texts(), path, &resource));
    int64_t row = 0;
    Message m(context_, bytes, path);
    while (m.Next()) {
      if (m.number() != resource_profiles::kScopeProfiles) continue;
      const Path at{&path, "scope_profiles", row++};
      m.SetStatus(context_.Refuse(ReadScope(m.Bytes("scope_profiles"), at, resource), at));
    }
    return m.status();
  }

  // The profiles of a scope may be sample types of one profile, so all are decoded first.
  absl::Status ReadScope(std::string_view bytes, const Path& path, const ResourceInfo& resource) {
    ScopeInfo scope;
    DOLERITE_RETURN_IF_ERROR(DecodeScope(context_, bytes, dictionary_.texts(), path, &scope));
    std::vector<Part> parts;
    int64_t row = 0;
    Message m(context_, bytes, path);
    while (m.Next()) {
      if (m.number() != scope_profiles::kProfiles) continue;
      const Path at{&path, "profiles", row++};
      const std::string_view profile = m.Bytes("profiles");
      // Profiles of 1.5 cannot be joined: each has a dictionary of its own, so ids do not compare.
      if (context_.layout == OtlpLayout::k1_5) {
        m.SetStatus(context_.Refuse(ReadOwnTables(profile, at, resource, scope), at));
        continue;
      }
      Part part;
      const absl::Status status = decoder_.Decode(profile, at, &part);
      m.SetStatus(context_.Refuse(status, at));
      m.SetStatus(context_.Charge(sizeof(Part)));
      if (status.ok()) parts.push_back(std::move(part));
    }
    DOLERITE_RETURN_IF_ERROR(m.status());
    const bool ordered =
        JoinParts(scope.type_order, context_.options.limits, &parts, &context_.report);
    for (Part& part : parts) {
      DOLERITE_RETURN_IF_ERROR(
          Import(dictionary_, importer_, std::move(part), resource, scope, ordered, &profiles_));
    }
    return absl::OkStatus();
  }

  // A profile of 1.5, which has a dictionary of its own.
  // Two passes over the profile: its tables, then the profile itself.
  absl::Status ReadOwnTables(std::string_view bytes, const Path& path, const ResourceInfo& resource,
                             const ScopeInfo& scope) {
    Dictionary dictionary;
    dictionary.Clear(context_.options.limits, bytes);
    Message m(context_, bytes, path);
    while (m.Next()) {
      const Table table = FieldOf(TableOf(OtlpLayout::k1_5).table, m.number());
      if (table != Table::kNone) dictionary.Collect(context_, m, table);
    }
    DOLERITE_RETURN_IF_ERROR(m.status());
    DOLERITE_RETURN_IF_ERROR(dictionary.Decode(context_, path));
    Part part;
    DOLERITE_RETURN_IF_ERROR(PartDecoder(context_, dictionary).Decode(bytes, path, &part));
    Importer importer(context_, dictionary);
    std::vector<SeriesProfile> profiles;
    DOLERITE_RETURN_IF_ERROR(
        Import(dictionary, importer, std::move(part), resource, scope, false, &profiles));
    return Keep(&dictionary, std::move(profiles));
  }

  // Makes a part a profile, with the attributes of its resource and scope, which are added to the
  // dictionary here.
  static absl::Status Import(Dictionary& dictionary, Importer& importer, Part&& part,
                             const ResourceInfo& resource, const ScopeInfo& scope, bool ordered,
                             std::vector<SeriesProfile>* out) {
    std::vector<AttributeId> further;
    const auto add = [&](const Attribute& a) {
      further.push_back(dictionary.AddAttribute(a.key, a.value));
    };
    for (const Attribute& attribute : resource.attributes) add(attribute);
    for (const Attribute& attribute : scope.attributes) add(attribute);
    if (!ordered && !scope.type_order.empty()) add(scope.order_attribute);
    SeriesProfile& to = out->emplace_back(SeriesProfile{resource.series, NoTables()});
    DOLERITE_RETURN_IF_ERROR(importer.Import(std::move(part), further, &to.profile));
    // The scope's default counts if the profile has none.
    if (!scope.default_type.empty() && to.profile.default_sample_type == StringId{}) {
      to.profile.default_sample_type = dictionary.AddText(scope.default_type);
    }
    return absl::OkStatus();
  }

  Context& context_;
  Dictionary dictionary_;
  PartDecoder decoder_;
  Importer importer_;
  std::vector<SeriesProfile> profiles_;  // of the message in hand
  std::vector<SharedProfiles> kept_;     // of it, with their tables
  Profile spare_ = NoTables();           // memory for tables to come
  size_t count_ = 0;                     // that were taken
};

// Calls `visit` with each message that is field `number` of another, up to the first fault.
template <class Visit>
void VisitMessages(std::string_view bytes, uint32_t number, const Visit& visit) {
  ProtoReader reader(bytes);
  WireField field;
  while (reader.Next(&field)) {
    if (field.number == number && field.type == WireType::kBytes) visit(field.bytes);
  }
}

// How many profiles a message names, sound or not.
uint64_t CountProfiles(std::string_view message) {
  uint64_t count = 0;
  VisitMessages(message, data::kResourceProfiles, [&](std::string_view resource) {
    VisitMessages(resource, resource_profiles::kScopeProfiles, [&](std::string_view scope) {
      VisitMessages(scope, scope_profiles::kProfiles, [&](std::string_view) { ++count; });
    });
  });
  return count;
}

// The options must outlive it.
class InputReader {
 public:
  explicit InputReader(const OtlpReadOptions& options)
      : options_(options), context_(options_, report_), messages_(context_) {}
  InputReader(const InputReader&) = delete;
  InputReader& operator=(const InputReader&) = delete;

  // Memory is bounded by the size before decompression, as that is what a sender pays for.
  absl::Status Read(std::string_view bytes, const Take& take) {
    context_.Begin(bytes.size());
    last_ = OtlpLayout::k1_11;
    DOLERITE_ASSIGN_OR_RETURN(const std::string_view plain,
                              inflater_.Inflate(bytes, options_.limits));
    // Rows and positions are 32-bit numbers, whatever the limit says.
    DOLERITE_RETURN_IF_ERROR(
        CheckLimit("otlp: profile_bytes", plain.size(),
                   std::min<size_t>(options_.limits.profile_bytes, UINT32_MAX - 1)));
    if (LooksLikeJson(plain)) return ReadJson(plain, take);
    const Framing framing = DetectFraming(plain);
    if (framing != Framing::kNone) return ReadFrames(plain, framing, take);
    return ReadMessage(plain, {}, options_.layout, take);
  }

  void GiveBack(Profile tables) { messages_.GiveBack(std::move(tables)); }
  const OtlpReadReport& report() const { return report_; }

 private:
  // A broken frame ends the input: where the next one begins is not known.
  absl::Status ReadFrames(std::string_view bytes, Framing framing, const Take& take) {
    ByteReader in(bytes);
    for (int64_t row = 0; !in.empty(); ++row) {
      const Path path{nullptr, "messages", row};
      std::string_view message;
      if (const char* fault = NextFrame(framing, &in, &message)) {
        return context_.Refuse(FaultAt(path, "", fault), path);
      }
      DOLERITE_RETURN_IF_ERROR(ReadMessage(message, path, options_.layout, take));
    }
    return absl::OkStatus();
  }

  // One message, or several: then usually one on each line.
  absl::Status ReadJson(std::string_view text, const Take& take) {
    size_t at = 0;
    for (int64_t row = 0; at < text.size(); ++row) {
      const Path path{nullptr, "messages", row};
      const absl::StatusOr<std::string> message = NextJsonMessage(text, &context_, &at);
      if (!message.ok()) return context_.Refuse(message.status(), path);
      if (message->empty() && at == text.size()) break;
      DOLERITE_RETURN_IF_ERROR(ReadMessage(*message, path, OtlpLayout::k1_11, take));
    }
    return absl::OkStatus();
  }

  // The layout of a message that does not show it is taken from the message before.
  // A message may be too small to show its layout: then that of the message before is taken.
  absl::Status ReadMessage(std::string_view bytes, const Path& path, OtlpLayout layout,
                           const Take& take) {
    ++context_.report.messages;
    context_.layout = layout;
    if (context_.layout == OtlpLayout::kAuto) {
      context_.layout = last_ = DetectLayout(bytes, last_);
    }
    OtlpReadReport& report = context_.report;
    const uint64_t refused = report.refused, joined = report.profiles_joined;
    const size_t before = messages_.profiles();
    DOLERITE_RETURN_IF_ERROR(context_.Refuse(messages_.Read(bytes, path, take), path));
    if (report.refused > refused) {
      const uint64_t taken = messages_.profiles() - before + (report.profiles_joined - joined);
      report.profiles_refused += CountProfiles(bytes) - taken;
    }
    if (messages_.profiles() > before && context_.report.layout == OtlpLayout::kAuto) {
      context_.report.layout = context_.layout;
    }
    return absl::OkStatus();
  }

  const OtlpReadOptions& options_;
  OtlpReadReport report_;
  Context context_;  // of the two
  ProfilesReader messages_;
  Inflater inflater_;
  OtlpLayout last_ = OtlpLayout::k1_11;
};

absl::StatusOr<std::vector<SeriesProfile>> ReadAll(InputReader* input, std::string_view bytes) {
  return WithinMemory([&]() -> absl::StatusOr<std::vector<SeriesProfile>> {
    std::vector<SeriesProfile> profiles;
    DOLERITE_RETURN_IF_ERROR(input->Read(bytes, [&](Context& context, SharedProfiles shared) {
      return OwnTables(context, std::move(shared), &profiles);
    }));
    return profiles;
  });
}

absl::Status ViewAll(InputReader* input, std::string_view bytes, const OtlpView& view) {
  return WithinMemory([&]() -> absl::Status {
    std::vector<SharedProfiles> messages;
    DOLERITE_RETURN_IF_ERROR(input->Read(bytes, [&](Context&, SharedProfiles shared) {
      messages.push_back(std::move(shared));
      return absl::OkStatus();
    }));
    for (SharedProfiles& message : messages) {
      DOLERITE_RETURN_IF_ERROR(View(&message, view));
      input->GiveBack(std::move(message.tables));
    }
    return absl::OkStatus();
  });
}

// With a reader for this input alone. `report` may be null.
template <class Use>
auto UseOnce(const OtlpReadOptions& options, OtlpReadReport* report, const Use& use) {
  return WithinMemory([&] {
    InputReader input(options);
    auto result = use(&input);
    if (report != nullptr) *report = input.report();
    return result;
  });
}

}  // namespace

}  // namespace otlp

std::string_view OtlpLayoutName(OtlpLayout layout) {
  static constexpr std::string_view kNames[] = {"auto", "1.5", "1.6", "1.7", "1.8", "1.9", "1.11"};
  return kNames[static_cast<size_t>(layout)];
}

std::vector<std::string> DefaultSeriesAttributes() {
  static const auto& kNames = *new std::vector<std::string>{
      "service.name",       "service.namespace", "service.instance.id", "service.version",
      "host.name",          "container.id",      "k8s.namespace.name",  "k8s.pod.name",
      "k8s.container.name", "process.pid"};
  return kNames;
}

struct OtlpReader::State {
  explicit State(const OtlpReadOptions& o) : options(o) {}

  const OtlpReadOptions options;
  otlp::InputReader input{options};
};

OtlpReader::OtlpReader(const OtlpReadOptions& options) : state_(new State(options)) {}
OtlpReader::~OtlpReader() = default;
OtlpReader::OtlpReader(OtlpReader&&) noexcept = default;
OtlpReader& OtlpReader::operator=(OtlpReader&&) noexcept = default;

absl::StatusOr<std::vector<SeriesProfile>> OtlpReader::Read(std::string_view bytes) {
  return otlp::ReadAll(&state_->input, bytes);
}

absl::Status OtlpReader::View(std::string_view bytes, const OtlpView& view) {
  return otlp::ViewAll(&state_->input, bytes, view);
}

const OtlpReadReport& OtlpReader::report() const { return state_->input.report(); }

absl::StatusOr<std::vector<SeriesProfile>> ReadOtlp(std::string_view bytes,
                                                    const OtlpReadOptions& options,
                                                    OtlpReadReport* report) {
  return otlp::UseOnce(options, report, [&](auto* input) { return otlp::ReadAll(input, bytes); });
}

absl::Status ViewOtlp(std::string_view bytes, const OtlpView& view, const OtlpReadOptions& options,
                      OtlpReadReport* report) {
  return otlp::UseOnce(options, report,
                       [&](auto* input) { return otlp::ViewAll(input, bytes, view); });
}

}  // namespace dolerite
