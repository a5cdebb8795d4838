// Every kind of question with answers as texts, so that laws can be stated once for all.
#ifndef DOLERITE_TESTS_QUERY_EVERY_QUESTION_H_
#define DOLERITE_TESTS_QUERY_EVERY_QUESTION_H_

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/checksum.h"
#include "dolerite/plan.h"
#include "dolerite/stores.h"
#include "query/naive_values.h"

namespace dolerite::testing {

inline std::string Text(const std::vector<GroupedTree>& trees) {
  std::string out;
  for (const GroupedTree& tree : trees) out += tree.labels.ToString() + "\n" + Text(tree.tree);
  return out;
}

inline std::string Text(const Profile& profile) { return DescribeStored(profile); }

inline std::string Text(const TimeSeries& series) {
  std::string out = series.type + "/" + series.unit + " " + series.aggregate + "\n";
  for (const TimeSeries::Line& line : series.lines) {
    out += line.labels.ToString() + "\n";
    for (const TimeSeries::Point& point : line.points) {
      char value[64];
      std::snprintf(value, sizeof value, " %a ", point.value);
      out += std::to_string(point.time_nanos) + value + std::to_string(point.integer) +
             TextOf(point.exemplars) + "\n";
    }
  }
  return out;
}

inline std::string Text(const Heatmap& map) {
  std::string out = map.type + "/" + map.unit + " " + map.observed + " " +
                    std::to_string(map.start_nanos) + " " + std::to_string(map.columns) + "\n";
  for (int64_t edge : map.edges) out += std::to_string(edge) + " ";
  for (const Heatmap::Group& group : map.groups) {
    out += "\n" + group.labels.ToString() + "\n";
    for (const Heatmap::Cell& cell : group.cells) {
      out += std::to_string(cell.column) + "," + std::to_string(cell.row) + ": " +
             std::to_string(cell.count) + " " + std::to_string(cell.sum) + TextOf(cell.exemplars) +
             "\n";
    }
  }
  return out;
}

inline std::string Text(const ProfileType& type) {
  std::string out = type.name;
  for (const auto& value : type.sample_types) out += " " + value.type + "/" + value.unit;
  return out + " " + type.default_sample_type + " " + type.period_type.type + "/" +
         type.period_type.unit;
}

inline std::string Text(const Catalog& catalog) {
  std::string out;
  for (const ListedSeries& s : catalog.series) {
    out += Text(*s.type) + " " + s.labels.ToString() + " " + std::to_string(s.profiles) + " " +
           std::to_string(s.min_time_nanos) + " " + std::to_string(s.max_time_nanos) + "\n";
  }
  for (const auto& [name, values] : catalog.sample_labels) {
    out += name + ":";
    for (const std::string& value : values) out += " " + value;
    out += "\n";
  }
  return out;
}

inline std::string Text(const std::vector<ListedProfile>& profiles) {
  std::string out;
  for (const ListedProfile& p : profiles) {
    out += std::to_string(p.time_nanos) + " " + p.series.ToString() + " " + Text(*p.type) + " " +
           std::to_string(p.duration_nanos) + " " + std::to_string(p.samples) + " ";
    for (uint8_t byte : p.id) out += std::to_string(byte) + ".";
    for (int64_t total : p.totals) out += " " + std::to_string(total);
    out += " " + *p.block + " " + std::to_string(p.index) + "\n";
  }
  return out;
}

// Calls ask(question, how to finish) for each kind of question.
template <class Ask>
void AskEvery(const Selection& selection, const Ask& ask) {
  using Aggregate = SeriesQuestion::Aggregate;
  using Observe = HeatmapQuestion::Observe;
  ask(TreeQuestion{selection}, {});
  ask(TreeQuestion{selection, FrameBy::kAddress}, TreeQuestion::Finish{15});
  ask(GroupedTreesQuestion{selection, FrameBy::kFunction, {"pod", "key1"}}, {});
  Selection against = selection;
  against.matchers.push_back({"pod", LabelMatcher::Op::kNotEqual, "pod1"});
  ask(DiffQuestion{selection, against}, {});
  ask(ProfileQuestion{selection}, {});
  ask(SeriesQuestion{.selection = selection, .group_by = {"pod"}, .exemplars = 2}, {});
  ask(SeriesQuestion{.selection = selection,
                     .aggregate = Aggregate::kQuantile,
                     .group_by = {"key0"},
                     .function = "function1"},
      {});
  ask(HeatmapQuestion{.selection = selection, .group_by = {"pod"}, .exemplars = 2}, {});
  ask(HeatmapQuestion{.selection = selection, .observe = Observe::kSpans}, {});
  ask(CatalogQuestion{selection, true}, {});
  ask(ListQuestion{selection}, {});
}

// Blocks in a store, opened.
struct Stored {
  std::unique_ptr<ObjectStore> store = MakeMemoryStore();
  std::vector<std::unique_ptr<BlockReader>> readers;

  void Put(const std::string& bytes, const BlockReader::Options& reading = {}) {
    const std::string key = "block-" + std::to_string(readers.size());
    REQUIRE(store->Put(key, bytes).ok());
    absl::StatusOr<BlockReader> reader = BlockReader::Open(store.get(), key, reading);
    INFO(reader.status());
    REQUIRE(reader.ok());
    readers.push_back(std::make_unique<BlockReader>(*std::move(reader)));
  }
  std::vector<const BlockReader*> blocks() const {
    std::vector<const BlockReader*> out;
    for (const auto& reader : readers) out.push_back(reader.get());
    return out;
  }
};

// So many blocks, each of several services.
inline Stored StoredBlocks(uint64_t seed, size_t blocks, size_t profiles,
                           const GenerateOptions& options = {}, const BlockOptions& layout = {}) {
  Stored out;
  for (uint64_t i = 0; i < blocks; ++i) {
    out.Put(Build(Generated(seed * 100 + i * 10, profiles, options), layout));
  }
  return out;
}

template <class Question>
std::string TextOfAnswer(absl::StatusOr<Query<Question>> query,
                         const typename Question::Finish& how = {}) {
  INFO(query.status());
  REQUIRE(query.ok());
  absl::StatusOr<typename Question::Answer> answer = std::move(*query).Finish(how);
  INFO(answer.status());
  REQUIRE(answer.ok());
  return Text(*answer);
}

template <class Question>
absl::StatusOr<Query<Question>> Added(const Question& question,
                                      const std::vector<const BlockReader*>& blocks,
                                      const QueryOptions& options = {}) {
  Query<Question> query(question, options);
  const absl::Status status = query.Add(blocks);
  if (!status.ok()) return status;
  return query;
}

// A host that lets `left` checks pass, and then stops the call.
struct StoppingHost {
  size_t left = SIZE_MAX, asked = 0;

  static absl::Status status() { return absl::CancelledError("stop"); }
  // The host must outlive the query.
  QueryOptions options() {
    QueryOptions out;
    out.call.check = [this] {
      ++asked;
      return left > 0 ? (--left, absl::OkStatus()) : status();
    };
    return out;
  }
};

// The same bytes with a checksum at the end that agrees.
inline std::string Resealed(std::string bytes) {
  bytes.resize(bytes.size() - 8);
  AppendLittle(&bytes, Checksum64(bytes));
  return bytes;
}

}  // namespace dolerite::testing

#endif  // DOLERITE_TESTS_QUERY_EVERY_QUESTION_H_
