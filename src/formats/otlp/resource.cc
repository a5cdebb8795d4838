// What the profiles of one resource, and of one scope, have in common. Attributes that name a
// service and its instance become labels of the series; all others become attributes of each
// profile, with a prefix that tells WriteOtlp where they belong.
#include "formats/otlp/resource.h"

#include <algorithm>

#include "formats/otlp/wire.h"
#include "model/attribute_text.h"

namespace dolerite::otlp {

namespace {

Attribute TextAttribute(std::string_view key, std::string_view text) {
  Attribute attribute;
  attribute.key = key;
  attribute.value.kind = AttributeKind::kString;
  attribute.value.bytes = text;
  return attribute;
}

Attribute CountAttribute(std::string_view key, uint64_t count) {
  Attribute attribute;
  attribute.key = key;
  attribute.value.kind = AttributeKind::kInteger;
  attribute.value.number = count;
  return attribute;
}

// Decodes the attributes of a resource or scope, one by one.
// The number of attributes and their sizes are bounded like those of samples.
absl::Status DecodeAttribute(Message& m, Context& context, const TextReferences& texts,
                             std::vector<Attribute>* attributes) {
  const Path at{&m.path(), "attributes", static_cast<int64_t>(attributes->size())};
  const ReadLimits& limits = context.options.limits;
  DOLERITE_RETURN_IF_ERROR(
      CheckLimit("otlp: labels_per_sample", attributes->size() + 1, limits.labels_per_sample));
  Attribute& attribute = attributes->emplace_back();
  std::string_view key;
  DOLERITE_RETURN_IF_ERROR(
      DecodeKeyValue(context, m.Bytes("attributes"), texts, at, &key, &attribute.value));
  DOLERITE_RETURN_IF_ERROR(CheckLimit("otlp: string_bytes",
                                      std::max(key.size(), attribute.value.bytes.size()),
                                      limits.string_bytes));
  attribute.key = key;
  return context.Charge(key.size() + attribute.value.bytes.size());
}

// A value as the text of a series label; "" for kinds that have no text.
std::string LabelText(const Value& value) {
  if (value.kind == AttributeKind::kString) return value.bytes;
  return value.is_bytes() ? "" : NumberText(value.kind, value.number);
}

// Moves the attributes that name the series to its labels.
// Each attribute either becomes a label, or an attribute with our prefix, or both.
absl::Status TakeSeries(const Context& context, std::vector<Attribute> attributes, const Path& path,
                        ResourceInfo* info) {
  const auto& wanted = context.options.series_attributes;
  for (Attribute& attribute : attributes) {
    const bool names = std::find(wanted.begin(), wanted.end(), attribute.key) != wanted.end();
    const std::string text = names ? LabelText(attribute.value) : "";
    std::string label = attribute.key;
    std::replace(label.begin(), label.end(), '.', '_');
    // The first of two attributes that give one label (a.b, a_b) counts. A value that is no string
    // stays an attribute too: the label alone would lose its kind.
    if (!text.empty() && !info->series.Get(label).has_value()) {
      if (const size_t most = context.options.series_value_bytes; text.size() > most) {
        return Annotate(CheckLimit("otlp: series_value_bytes", text.size(), most),
                        path.Text("attributes"));
      }
      info->series.Set(label, text);
      if (attribute.value.kind == AttributeKind::kString) continue;
    }
    attribute.key = Concat(key::kResource, attribute.key);
    info->attributes.push_back(std::move(attribute));
  }
  return absl::OkStatus();
}

// The numbers of an encoded array of integers; empty for any other value.
// The value was rewritten by DecodeValue, so it is well-formed; other shapes give no numbers.
std::vector<int64_t> IntegersOf(std::string_view encoded) {
  std::vector<int64_t> numbers;
  ProtoReader value(encoded);
  for (WireField array; value.Next(&array);) {
    if (array.number != any::kArray) return {};
    ProtoReader items(array.bytes);
    for (WireField item; items.Next(&item);) {
      ProtoReader number(item.bytes);
      WireField field;
      if (!number.Next(&field) || field.number != any::kInt) return {};
      numbers.push_back(static_cast<int64_t>(field.value));
    }
  }
  return numbers;
}

// Moves the two attributes by which pprof describes sample types in a scope to fields of their own.
// An order that cannot be read stays an attribute.
void TakeBridge(std::vector<Attribute> attributes, ScopeInfo* info) {
  for (Attribute& attribute : attributes) {
    const Value& value = attribute.value;
    if (attribute.key == key::kDefaultType && value.kind == AttributeKind::kString) {
      info->default_type = value.bytes;
      if (!info->default_type.empty()) continue;
    }
    // The order of pprof's sample types, which OTLP has as profiles of their own.
    const bool is_order =
        attribute.key == key::kTypeOrder && value.kind == AttributeKind::kStructured;
    attribute.key = Concat(key::kScope, attribute.key);
    if (is_order && info->type_order.empty()) {
      info->type_order = IntegersOf(value.bytes);
      info->order_attribute = attribute;
      if (!info->type_order.empty()) continue;
    }
    info->attributes.push_back(std::move(attribute));
  }
}

// What has no field in a profile becomes an attribute with a key of ours.
absl::Status DecodeResourceMessage(Context& context, std::string_view bytes,
                                   const TextReferences& texts, const Path& path,
                                   std::vector<Attribute>* attributes, ResourceInfo* info) {
  Message m(context, bytes, path);
  while (m.Next()) {
    switch (m.number()) {
      case resource::kAttributes:
        m.SetStatus(DecodeAttribute(m, context, texts, attributes));
        break;
      case resource::kDropped:
        if (const uint64_t count = m.Number("dropped_attributes_count")) {
          info->attributes.push_back(CountAttribute(key::kResourceDropped, count));
        }
        break;
      // Kept as bytes, which can be written out again as they came.
      case resource::kEntityRefs:
        info->attributes.push_back(TextAttribute(key::kEntity, m.Bytes("entity_refs")));
        info->attributes.back().value.kind = AttributeKind::kBytes;
        m.SetStatus(CheckLimit("otlp: labels_per_sample", info->attributes.size(),
                               context.options.limits.labels_per_sample));
        break;
      default:
        m.Unknown();
    }
  }
  return m.status();
}

// Name and version are attributes of ours.
absl::Status DecodeScopeMessage(Context& context, std::string_view bytes,
                                const TextReferences& texts, const Path& path,
                                std::vector<Attribute>* attributes, ScopeInfo* info) {
  const auto keep = [&](std::string_view key, std::string_view text) {
    if (!text.empty()) info->attributes.push_back(TextAttribute(key, text));
  };
  Message m(context, bytes, path);
  while (m.Next()) {
    switch (m.number()) {
      case scope::kName:
        keep(key::kScopeName, m.Bytes("name"));
        break;
      case scope::kVersion:
        keep(key::kScopeVersion, m.Bytes("version"));
        break;
      case scope::kAttributes:
        m.SetStatus(DecodeAttribute(m, context, texts, attributes));
        break;
      case scope::kDropped:
        if (const uint64_t count = m.Number("dropped_attributes_count")) {
          info->attributes.push_back(CountAttribute(key::kScopeDropped, count));
        }
        break;
      default:
        m.Unknown();
    }
  }
  return m.status();
}

}  // namespace

// The resource may come after the scopes in the message, so this pass comes before theirs.
absl::Status DecodeResource(Context& context, std::string_view resource_profiles,
                            const TextReferences& texts, const Path& path, ResourceInfo* info) {
  const Path at{&path, "resource"};
  std::vector<Attribute> attributes;
  Message m(context, resource_profiles, path);
  while (m.Next()) {
    if (m.number() == resource_profiles::kResource) {
      m.SetStatus(
          DecodeResourceMessage(context, m.Bytes("resource"), texts, at, &attributes, info));
    } else if (m.number() == resource_profiles::kSchemaUrl) {
      const std::string_view url = m.Bytes("schema_url");
      if (!url.empty()) info->attributes.push_back(TextAttribute(key::kResourceSchema, url));
    } else if (m.number() != resource_profiles::kScopeProfiles) {
      m.Unknown();
    }
  }
  DOLERITE_RETURN_IF_ERROR(m.status());
  return TakeSeries(context, std::move(attributes), at, info);
}

absl::Status DecodeScope(Context& context, std::string_view scope_profiles,
                         const TextReferences& texts, const Path& path, ScopeInfo* info) {
  const Path at{&path, "scope"};
  std::vector<Attribute> attributes;
  Message m(context, scope_profiles, path);
  while (m.Next()) {
    if (m.number() == scope_profiles::kScope) {
      m.SetStatus(DecodeScopeMessage(context, m.Bytes("scope"), texts, at, &attributes, info));
    } else if (m.number() == scope_profiles::kSchemaUrl) {
      const std::string_view url = m.Bytes("schema_url");
      if (!url.empty()) info->attributes.push_back(TextAttribute(key::kScopeSchema, url));
    } else if (m.number() != scope_profiles::kProfiles) {
      m.Unknown();
    }
  }
  DOLERITE_RETURN_IF_ERROR(m.status());
  TakeBridge(std::move(attributes), info);
  return absl::OkStatus();
}

}  // namespace dolerite::otlp
