// What surrounds profiles in a message: their resource and their scope.
#ifndef DOLERITE_FORMATS_OTLP_RESOURCE_H_
#define DOLERITE_FORMATS_OTLP_RESOURCE_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "dolerite/labels.h"
#include "formats/otlp/dictionary.h"
#include "formats/otlp/message.h"

namespace dolerite::otlp {

// An attribute that depends on nothing.
struct Attribute {
  std::string key;
  Value value;
};

// ResourceProfiles without its scopes. `attributes` are those to keep with each profile,
// under their documented keys; the rest is in `series`.
struct ResourceInfo {
  LabelSet series;
  std::vector<Attribute> attributes;
};
absl::Status DecodeResource(Context& context, std::string_view resource_profiles,
                            const TextReferences& texts, const Path& path, ResourceInfo* info);

// ScopeProfiles without its profiles.
struct ScopeInfo {
  std::vector<Attribute> attributes;
  std::string default_type;
  std::vector<int64_t> type_order;
  Attribute order_attribute;  // to keep if no profile followed the order
};
absl::Status DecodeScope(Context& context, std::string_view scope_profiles,
                         const TextReferences& texts, const Path& path, ScopeInfo* info);

}  // namespace dolerite::otlp

#endif  // DOLERITE_FORMATS_OTLP_RESOURCE_H_
