// The rules: where the dictionary lies distinguishes 1.5, 1.6 and the rest; Profile's fields
// distinguish 1.7, 1.8 and later ones; Sample's fields 1.10 and before. Samples that have stack,
// field 2 and timestamps alone are ambiguous: field 2 holds values up to 1.9 and attributes since.
// The reading that makes sense for all samples holds.
#include "formats/otlp/layout.h"

#include <algorithm>
#include <vector>

#include "formats/otlp/wire.h"
#include "formats/wire/proto_reader.h"

namespace dolerite::otlp {

namespace {

template <class Visit>
void ForEachField(std::string_view message, const Visit& visit) {
  ProtoReader reader(message);
  for (WireField field; reader.Next(&field);) visit(field);
}

template <class Visit>
void ForEachMessage(std::string_view message, uint32_t number, const Visit& visit) {
  ForEachField(message, [&](const WireField& f) {
    if (f.number == number && f.type == WireType::kBytes) visit(f.bytes);
  });
}

// The numbers of a repeated field, packed or not.
template <class Take>
void TakeNumbers(const WireField& field, const Take& take) {
  if (field.type != WireType::kBytes) return take(field.value);
  ByteReader run(field.bytes);
  for (uint64_t value = 0; run.ReadVarint(&value);) take(value);
}

// Which layouts a message speaks for.
// Reads the message without checks: what is broken is passed over, and the reader names it later.
// Costs one pass over the outer fields in the usual case; ByMeaning takes further passes.
class Detector {
 public:
  // From the clearest sign to the weakest.
  OtlpLayout Detect(std::string_view message, OtlpLayout otherwise) {
    if (OutsideTables(message)) return OtlpLayout::k1_6;
    ForEachProfile(message, [&](std::string_view profile) {
      if (!is_decided_) LookAtProfile(profile);
    });
    if (!has_dictionary_ && profile_tables_) return OtlpLayout::k1_5;
    if (is_1_7_) return OtlpLayout::k1_7;
    if (is_1_8_) return OtlpLayout::k1_8;
    if (sample_new_ || HasReferences(message)) return OtlpLayout::k1_11;
    if (sample_old_) return OtlpLayout::k1_9;
    return has_second_ ? ByMeaning(message) : otherwise;
  }

 private:
  // True if the tables are fields of the message itself, as in 1.6.
  bool OutsideTables(std::string_view message) {
    bool outside = false;
    ForEachField(message, [&](const WireField& f) {
      outside |= f.number >= 3 && f.number <= 8 && f.type == WireType::kBytes;
      has_dictionary_ |= f.number == data::kDictionary;
    });
    return outside;
  }

  template <class Visit>
  static void ForEachProfile(std::string_view message, const Visit& visit) {
    ForEachMessage(message, data::kResourceProfiles, [&](std::string_view resource) {
      ForEachMessage(resource, resource_profiles::kScopeProfiles, [&](std::string_view scope) {
        ForEachMessage(scope, scope_profiles::kProfiles, visit);
      });
    });
  }

  // Wire types tell, as the same number has another type in another layout.
  void LookAtProfile(std::string_view profile) {
    bool fixed_time = false, tables = false;
    ForEachField(profile, [&](const WireField& f) {
      const bool bytes = f.type == WireType::kBytes, number = f.type == WireType::kVarint;
      if (f.number == 3) fixed_time |= f.type == WireType::kFixed64, is_1_7_ |= bytes;
      if (f.number == 5) is_1_7_ |= number;
      if (f.number == 6) is_1_7_ |= bytes;
      if (f.number == 8) is_1_8_ |= bytes;
      if (f.number == 9) is_1_8_ |= number;
      if (f.number == 12) is_1_8_ = true;
      tables |= f.number == 10 && bytes;
      if (f.number == profile::kSamples && bytes && !sample_new_ && !sample_old_) {
        LookAtSample(f.bytes);
      }
    });
    profile_tables_ |= tables && !fixed_time;
    // Further profiles of the message cannot change the answer.
    is_decided_ = fixed_time && sample_new_ && has_dictionary_;
  }

  void LookAtSample(std::string_view sample) {
    ForEachField(sample, [&](const WireField& f) {
      const bool bytes = f.type == WireType::kBytes, number = f.type == WireType::kVarint;
      has_second_ |= f.number == 2;
      sample_new_ |= (f.number == 4 && bytes) || (f.number == 3 && number);
      sample_old_ |= (f.number == 3 && bytes) || (f.number == 4 && number);
    });
  }

  // Keys by reference came with 1.10.
  static bool HasReferences(std::string_view message) {
    bool found = false;
    const auto look = [&](std::string_view attribute) {
      ForEachField(attribute, [&](const WireField& f) {
        found |= f.number == key_value::kKeyIndex;
        if (f.number != key_value::kValue || f.type != WireType::kBytes) return;
        ForEachField(f.bytes, [&](const WireField& v) { found |= v.number == any::kStringIndex; });
      });
    };
    ForEachMessage(message, data::kResourceProfiles, [&](std::string_view profiles) {
      ForEachMessage(profiles, resource_profiles::kResource, [&](std::string_view resource) {
        ForEachMessage(resource, resource::kAttributes, look);
      });
      ForEachMessage(profiles, resource_profiles::kScopeProfiles, [&](std::string_view in_scope) {
        ForEachMessage(in_scope, scope_profiles::kScope, [&](std::string_view scope) {
          ForEachMessage(scope, scope::kAttributes, look);
        });
      });
    });
    return found;
  }

  template <class Visit>
  static void ForEachSample(std::string_view message, const Visit& visit) {
    ForEachProfile(message, [&](std::string_view profile) {
      ForEachMessage(profile, profile::kSamples, visit);
    });
  }

  // Attribute indices must lie in their table, with different keys in one sample, and come with
  // timestamps; values must be one, or one for each timestamp.
  OtlpLayout ByMeaning(std::string_view message) {
    ReadKeys(message);
    bool may_be_values = true, may_be_attributes = true;
    ForEachSample(message, [&](std::string_view sample) {
      size_t second = 0, times = 0;
      sample_keys_.clear();
      ForEachField(sample, [&](const WireField& f) {
        if (f.number == sample::kTimestamps) {
          times += f.type == WireType::kBytes ? f.bytes.size() / 8 : 1;
        }
        if (f.number != 2) return;
        TakeNumbers(f, [&](uint64_t at) {
          ++second;
          may_be_attributes &= at < keys_.size();
          if (at < keys_.size()) sample_keys_.push_back(keys_[at]);
        });
      });
      may_be_attributes &= times > 0 || second == 0;
      may_be_attributes &= AllDiffer(&sample_keys_);
      may_be_values &= second == 0 || second == (times == 0 ? 1 : times);
    });
    if (may_be_values != may_be_attributes) {
      return may_be_values ? OtlpLayout::k1_9 : OtlpLayout::k1_11;
    }
    return AttributesLeaveLess(message) ? OtlpLayout::k1_11 : OtlpLayout::k1_9;
  }

  // A sample does not have two attributes of one key.
  static bool AllDiffer(std::vector<uint64_t>* keys) {
    std::sort(keys->begin(), keys->end());
    return std::adjacent_find(keys->begin(), keys->end()) == keys->end();
  }

  // Keys of the attribute table.
  void ReadKeys(std::string_view message) {
    ForEachMessage(message, data::kDictionary, [&](std::string_view tables) {
      ForEachMessage(tables, dictionary::kAttribute, [&](std::string_view entry) {
        uint64_t key = 0;
        ForEachField(entry, [&](const WireField& f) {
          if (f.number == attribute::kKeyIndex) key = f.value;
        });
        keys_.push_back(key);
      });
    });
  }

  // Assuming that field 2 of samples holds attribute indices: whether samples use attributes that
  // nothing else uses. A sender writes attributes into the table because something uses them.
  bool AttributesLeaveLess(std::string_view message) const {
    std::vector<char> used(keys_.size());
    const auto use = [&](std::string_view holder, uint32_t number) {
      ForEachField(holder, [&](const WireField& f) {
        if (f.number != number) return;
        TakeNumbers(f, [&](uint64_t at) {
          if (at > 0 && at < used.size()) used[at] = 1;
        });
      });
    };
    ForEachMessage(message, data::kDictionary, [&](std::string_view tables) {
      ForEachMessage(tables, dictionary::kMapping,
                     [&](std::string_view m) { use(m, mapping::kAttributes); });
      ForEachMessage(tables, dictionary::kLocation,
                     [&](std::string_view l) { use(l, location::kAttributes); });
    });
    ForEachProfile(message, [&](std::string_view p) { use(p, profile::kAttributes); });
    const auto without = std::count(used.begin(), used.end(), 1);
    ForEachSample(message, [&](std::string_view s) { use(s, sample::kAttributes); });
    return std::count(used.begin(), used.end(), 1) > without;
  }

  bool has_dictionary_ = false, profile_tables_ = false;
  bool is_1_7_ = false, is_1_8_ = false;
  bool is_decided_ = false;  // whatever further profiles look like
  bool sample_new_ = false, sample_old_ = false, has_second_ = false;
  std::vector<uint64_t> keys_, sample_keys_;
};

}  // namespace

OtlpLayout DetectLayout(std::string_view message, OtlpLayout otherwise) {
  return Detector().Detect(message, otherwise);
}

}  // namespace dolerite::otlp
