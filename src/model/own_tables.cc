#include "model/own_tables.h"

#include <utility>

namespace dolerite {

// Header, attributes, samples with all that they reach, then mappings, whose order is that of the
// shared ones: the first mapping of a process is the main one.
absl::Status GiveOwnTables(const Profile& shared, Profile* profile, SymbolCopier* copier) {
  copier->Start(shared.symbols, profile);
  const auto own = [&](StringId& id) { id = copier->String(id); };
  const auto own_type = [&](ValueType& type) { own(type.type), own(type.unit); };
  for (ValueType& type : profile->sample_types) own_type(type);
  own_type(profile->period_type);
  for (StringId* id : {&profile->default_sample_type, &profile->drop_frames, &profile->keep_frames,
                       &profile->doc_url, &profile->payload_format}) {
    own(*id);
  }
  for (StringId& comment : profile->comments) own(comment);
  profile->attributes = copier->AttributeSet(profile->attributes);
  Samples& samples = profile->samples;
  for (StackId& stack : samples.stack) stack = copier->Stack(shared.stacks, stack);
  for (AttributeSetId& set : samples.attributes) set = copier->AttributeSet(set);
  for (LinkId& link : samples.link) link = copier->Link(shared.links, link);
  copier->OrderMappings();
  return copier->status();
}

Profile WithOwnTables(const Profile& profile) {
  Profile own = profile;
  Profile shared;
  SwapTables(&own, &shared);
  SymbolCopier copier;
  GiveOwnTables(shared, &own, &copier).IgnoreError();  // nothing is charged
  return own;
}

void SwapTables(Profile* a, Profile* b) {
  std::swap(a->symbols, b->symbols);
  std::swap(a->stacks, b->stacks);
  std::swap(a->links, b->links);
  std::swap(a->tables_mark, b->tables_mark);
}

}  // namespace dolerite
