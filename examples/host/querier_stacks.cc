// Questions about stacks. All are asked as a StacktracesRequest; a tree answers those for flame
// graphs, tree bytes and graphs, a merged profile those for pprof.
#include <algorithm>
#include <map>
#include <utility>

#include "asked.h"
#include "dolerite/pgo.h"
#include "dolerite/pprof.h"
#include "dolerite/pyroscope.h"
#include "dot.h"
#include "querier.h"
#include "sample_type.h"

namespace dolerite::host {
namespace {

constexpr size_t kDefaultNodes = 8192;

TreeQuestion::Finish Cut(const std::optional<int64_t>& max_nodes) {
  const int64_t nodes = max_nodes.value_or(0);
  return {.max_nodes = nodes > 0 ? static_cast<size_t>(nodes) : kDefaultNodes};
}

FlameGraphMessage MessageOf(FlamebearerLevels* flame) {
  FlameGraphMessage out{.names = std::move(flame->names),
                        .levels = {},
                        .total = flame->total,
                        .max_self = flame->max_self};
  for (std::vector<int64_t>& level : flame->levels) out.levels.push_back({std::move(level)});
  return out;
}

// Leaves of each sample the innermost frames alone. Equal stacks are one then.
void KeepInnermost(size_t frames, Profile* profile) {
  Lists<LocationId> stacks;
  std::map<std::vector<LocationId>, StackId> rows;
  std::vector<StackId> new_row(profile->stacks.size());
  for (size_t old = 0; old < profile->stacks.size(); ++old) {
    const LocationId* begin = profile->stacks.begin(old);
    const size_t kept = std::min(profile->stacks.length(old), frames);
    std::vector<LocationId> stack(begin, begin + kept);
    const auto [row, is_new] = rows.try_emplace(stack);
    if (is_new) {
      row->second = {static_cast<uint32_t>(stacks.size())};
      stacks.items.insert(stacks.items.end(), stack.begin(), stack.end());
      stacks.Close();
    }
    new_row[old] = row->second;
  }
  for (StackId& stack : profile->samples.stack) stack = new_row[stack.value];
  profile->stacks = std::move(stacks);
}

// What compilers optimise by. The library knows the form that Go reads; profiles that Go can't
// use are cut all the same.
absl::StatusOr<Profile> ForPgo(Profile profile, const GoPgo& how) {
  absl::StatusOr<Profile> pgo = GoPgoProfile(
      profile, {.keep_frames = how.keep_locations, .aggregate_callees = how.aggregate_callees});
  if (!absl::IsInvalidArgument(pgo.status())) return pgo;
  if (how.keep_locations > 0) KeepInnermost(how.keep_locations, &profile);
  return profile;
}

// Clients read these texts as protobuf's, which are UTF-8.
void MendTexts(StringTable* strings) {
  StringTable mended;
  for (uint32_t row = 1; row < strings->size(); ++row) {
    mended.Add(ToUtf8(std::string((*strings)[StringId{row}])));
  }
  *strings = std::move(mended);
}

absl::StatusOr<Encoded<Pprof>> PprofOf(absl::StatusOr<Profile> profile) {
  if (!profile.ok()) return profile.status();
  MendTexts(&profile->symbols.strings);
  absl::StatusOr<std::string> bytes = WritePprof(*profile, {.gzip = false});
  if (!bytes.ok()) return bytes.status();
  return Encoded<Pprof>{{*std::move(bytes)}};
}

absl::StatusOr<StacktracesResponse> PprofAnswer(const StacktracesRequest& request, Tenant& tenant,
                                                const CallContext& call) {
  absl::StatusOr<Encoded<Pprof>> pprof = PprofOf(MergedProfile(request, tenant, call));
  if (!pprof.ok()) return pprof.status();
  return StacktracesResponse{.pprof = PprofProfile{*std::move(pprof)}};
}

absl::StatusOr<StacktracesResponse> TreeAnswer(const Tree& tree, ProfileFormat format) {
  StacktracesResponse out;
  if (format == ProfileFormat::kTree) {
    absl::StatusOr<std::string> bytes = ToPyroscopeTree(tree);
    if (!bytes.ok()) return bytes.status();
    out.tree.data = *std::move(bytes);
  } else {
    absl::StatusOr<FlamebearerLevels> flame = ToFlamebearerLevels(tree);
    if (!flame.ok()) return flame.status();
    out.flamegraph = MessageOf(&*flame);
  }
  return out;
}

// Graphs need all nodes: what a tree was cut to has lost calls.
absl::StatusOr<StacktracesResponse> DotAnswer(const StacktracesRequest& request, Tenant& tenant,
                                              const CallContext& call) {
  const absl::StatusOr<Selection> selection = SelectionOf(request);
  if (!selection.ok()) return selection.status();
  const absl::StatusOr<Tree> tree =
      AskTenant(TreeQuestion{.selection = *selection, .kinds = {}}, {}, tenant, call);
  if (!tree.ok()) return tree.status();
  const auto nodes = static_cast<size_t>(request.max_nodes.value_or(0));
  return StacktracesResponse{.dot = DotGraph(*tree, nodes > 0 ? nodes : 100)};
}

}  // namespace

absl::StatusOr<Tree> MergedTree(const StacktracesRequest& request, Tenant& tenant,
                                const CallContext& call) {
  const absl::StatusOr<Selection> selection = SelectionOf(request);
  if (!selection.ok()) return selection.status();
  return AskTenant(TreeQuestion{.selection = *selection, .kinds = {}}, Cut(request.max_nodes),
                   tenant, call);
}

absl::StatusOr<Tree> DiffTree(const DiffRequest& request, Tenant& tenant, const CallContext& call) {
  absl::StatusOr<Selection> left = SelectionOf(request.left);
  if (!left.ok()) return left.status();
  absl::StatusOr<Selection> right = SelectionOf(request.right);
  if (!right.ok()) return right.status();
  return AskTenant(
      DiffQuestion{.base = *std::move(left), .against = *std::move(right), .kinds = {}},
      {.max_nodes = Cut(request.left.max_nodes).max_nodes}, tenant, call);
}

absl::StatusOr<Profile> MergedProfile(const StacktracesRequest& request, Tenant& tenant,
                                      const CallContext& call) {
  const absl::StatusOr<Selection> selection = SelectionOf(request);
  if (!selection.ok()) return selection.status();
  absl::StatusOr<Profile> profile =
      AskTenant(ProfileQuestion{.selection = *selection}, {}, tenant, call);
  // Also what the question says wrongly; then it is refused once more.
  const ProfileTypeId id = *ProfileTypeId::Parse(request.profile_type);
  if (absl::IsInvalidArgument(profile.status())) {
    profile = MergeSampleType(id, *selection, tenant, call);
  }
  if (profile.ok() && request.stacks && request.stacks->go_pgo) {
    profile = ForPgo(*std::move(profile), *request.stacks->go_pgo);
  }
  if (profile.ok()) KeepSampleType(id, &*profile);
  return profile;
}

absl::StatusOr<StacktracesResponse> SelectMergeStacktraces(const StacktracesRequest& request,
                                                           Tenant& tenant,
                                                           const CallContext& call) {
  switch (request.format) {
    case ProfileFormat::kUnspecified:
    case ProfileFormat::kFlamegraph:
    case ProfileFormat::kTree: {
      const absl::StatusOr<Tree> tree = MergedTree(request, tenant, call);
      if (!tree.ok()) return tree.status();
      return TreeAnswer(*tree, request.format);
    }
    case ProfileFormat::kDot:
      return DotAnswer(request, tenant, call);
    case ProfileFormat::kPprof:
      return PprofAnswer(request, tenant, call);
  }
  return absl::InvalidArgumentError("format: expected a flame graph, tree, dot or pprof");
}

absl::StatusOr<StacktracesResponse> SelectMergeSpanProfile(const SpanProfileRequest& request,
                                                           Tenant& tenant,
                                                           const CallContext& call) {
  if (request.format > ProfileFormat::kTree) {
    return absl::InvalidArgumentError("format: expected a flame graph or a tree");
  }
  return SelectMergeStacktraces(request, tenant, call);
}

absl::StatusOr<Encoded<Pprof>> SelectMergeProfile(const MergeProfileRequest& request,
                                                  Tenant& tenant, const CallContext& call) {
  return PprofOf(MergedProfile(request, tenant, call));
}

absl::StatusOr<DiffResponse> Diff(const DiffRequest& request, Tenant& tenant,
                                  const CallContext& call) {
  const absl::StatusOr<Tree> tree = DiffTree(request, tenant, call);
  if (!tree.ok()) return tree.status();
  absl::StatusOr<FlamebearerLevels> flame = ToFlamebearerLevels(*tree);
  if (!flame.ok()) return flame.status();
  return DiffResponse{FlameGraphDiff{MessageOf(&*flame), flame->base_total, flame->against_total}};
}

}  // namespace dolerite::host
