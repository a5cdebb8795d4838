// FORMAT.md, sections 12 to 16.
#include <algorithm>
#include <bit>

#include "block/format_bytes.h"
#include "block/format_reader.h"

namespace dolerite::testing {
namespace {

struct Group {
  uint64_t series, first, profiles, runs;
};

// The profiles section: profiles without samples, and chunks as lists of groups.
class ProfileRows {
 public:
  explicit ProfileRows(const FormatSection& in) : in_(in), counts_(in.Counts()) {
    strings_ = in.Strings(1, counts_[0]);
    strings_.insert(strings_.begin(), "");
    Types();
    SeriesRows();
    Rows();
    Totals();
    Groups();
  }

  std::vector<FormatProfile> profiles;
  std::vector<std::vector<Group>> chunks;
  Column series_of;

 private:
  void Types() {
    const Column values = in_.Integers(3, counts_[1]);
    size_t all = 0, next = 0;
    for (uint64_t v : values) all += v;
    const Column ids = in_.Integers(2, 4 * counts_[1] + 2 * all);
    for (uint64_t v : values) {
      types_.emplace_back();
      for (size_t i = 0; i < 4 + 2 * v; ++i) types_.back().push_back(strings_.at(ids[next++]));
    }
  }
  void SeriesRows() {
    const Column types = in_.Integers(4, counts_[2]), labels = in_.Integers(5, counts_[2]);
    const Column profile_counts = in_.Integers(7, counts_[2]);
    size_t all = 0, next = 0;
    for (uint64_t n : labels) all += n;
    const Column pairs = in_.Integers(6, 2 * all);
    for (size_t s = 0; s < counts_[2]; ++s) {
      FormatProfile profile;
      profile.type = types_.at(types[s]);
      profile.type_row = types[s];
      for (uint64_t k = 0; k < labels[s]; ++k, next += 2) {
        profile.series.emplace_back(strings_.at(pairs[next]), strings_.at(pairs[next + 1]));
      }
      type_of_series_.push_back(types[s]);
      first_of_series_.push_back(profiles.size());
      profiles.insert(profiles.end(), profile_counts[s], profile);
      series_of.insert(series_of.end(), profile_counts[s], s);
    }
    Require(profiles.size() == counts_[4], "profiles");
  }
  void Header(const Column& fields, size_t h, FormatProfile* p) {
    const uint64_t* field = &fields[7 * h];
    p->period = Signed(UnZig(field[0]));
    for (int i = 1; i <= 4; ++i) p->header_texts.push_back(strings_.at(field[i]));
    p->attributes = field[5], p->dropped_attributes = field[6];
  }
  void Rows() {
    const size_t n = profiles.size();
    const Column headers = in_.Integers(8, 7 * counts_[3]), comments = in_.Integers(9, counts_[3]);
    size_t all = 0, next_id = 0;
    Column comment_begin;
    for (uint64_t c : comments) comment_begin.push_back(all), all += c;
    const Column comment_items = in_.Integers(10, all);
    const Column times = in_.Integers(11, n), durations = in_.Integers(12, n);
    const Column header_of = in_.Integers(13, n), layouts = in_.Integers(14, n);
    const Column samples = in_.Integers(15, n), checks = in_.Integers(16, n);
    const Column has_id = in_.Integers(17, n);
    const std::string ids = in_.Bytes(18);
    uint64_t series_first = 0, last = 0;
    for (size_t i = 0; i < n; ++i) {
      FormatProfile& p = profiles[i];
      const bool first = i == 0 || series_of[i] != series_of[i - 1];
      last = (first ? series_first : last) + UnZig(times[i]);
      if (first) series_first = last;
      p.time = Signed(last), p.duration = Signed(UnZig(durations[i]));
      if (counts_[7] == 1) last += UnZig(durations[i]);
      const size_t h = header_of[i];
      Header(headers, h, &p);
      for (uint64_t c = 0; c < comments.at(h); ++c) {
        p.header_texts.push_back(strings_.at(comment_items[comment_begin[h] + c]));
      }
      p.layout = layouts[i], p.sample_count = samples[i], p.check = checks[i];
      if (has_id[i] == 1) p.id = ids.substr(16 * next_id++, 16);
    }
  }
  void Totals() {
    uint64_t index = 0;
    for (size_t type = 0; type < types_.size(); ++type) {
      std::vector<FormatProfile*> of_type;
      for (size_t i = 0; i < profiles.size(); ++i) {
        if (type_of_series_[series_of[i]] == type) of_type.push_back(&profiles[i]);
      }
      for (size_t v = 4; v < types_[type].size(); v += 2, ++index) {
        const Column totals = in_.Integers(19, of_type.size(), index);
        const Column carries = in_.Integers(20, of_type.size(), index);
        for (size_t i = 0; i < of_type.size(); ++i) {
          of_type[i]->totals.push_back(Signed(totals[i]));
          of_type[i]->carries.push_back(Signed(UnZig(carries[i])));
        }
      }
    }
  }
  void Groups() {
    const Column pairs = in_.Integers(21, 2 * counts_[5]), runs = in_.Integers(22, counts_[5]);
    Column next = first_of_series_;
    size_t g = 0;
    for (uint64_t n : in_.Integers(23, counts_[6])) {
      chunks.emplace_back();
      for (; n > 0; --n, ++g) {
        const uint64_t series = pairs.at(2 * g), profiles_in = pairs.at(2 * g + 1);
        chunks.back().push_back({series, next.at(series), profiles_in, runs[g]});
        next[series] += profiles_in;
      }
    }
    Require(g == counts_[5], "groups");
  }

  const FormatSection& in_;
  const Column counts_;
  std::vector<std::string> strings_;
  std::vector<std::vector<std::string>> types_;
  Column type_of_series_, first_of_series_;
};

struct Run {
  size_t group;
  uint64_t stack, labels, k;
  bool full;
  std::vector<size_t> samples;  // rows of the chunk's samples
};

const FormatSection kNone;

class ChunkSamples {
 public:
  ChunkSamples(const FormatDataset& dataset, uint32_t part, const std::vector<Group>& groups,
               size_t types)
      : heads_(dataset.sections.at({7, part})),
        bodies_(Or(dataset, 1, part)),
        groups_(groups),
        counts_(heads_.Counts()) {
    flags_ = counts_[0];
    width_ = counts_[3];
    Require(flags_ < 16 && width_ == (flags_ & 2 ? 2 : types), "heads");
    Runs();
    if (flags_ & 8) {
      Require((flags_ & 4) == 4 && dataset.sections.count({1, part}) == 0, "dropped bodies");
      return;
    }
    Bodies();
    Values(types);
    if (flags_ & 4) CheckSums(types);
    if (dataset.sections.count({2, part})) Links(dataset.sections.at({2, part}));
    if (dataset.sections.count({3, part})) timestamps_ = &dataset.sections.at({3, part});
  }

  bool dropped() const { return (flags_ & 8) != 0; }

  std::vector<FormatSample> samples;
  Column profile_of;  // rows of the profile table

  void Timestamps(const std::vector<FormatProfile>& profiles) {
    if (timestamps_ == nullptr) return;
    const Column counts = timestamps_->Counts(), shapes = timestamps_->Integers(1, samples.size());
    const Column lengths = timestamps_->Integers(2, samples.size());
    const Column times = timestamps_->Integers(3, counts[1]);
    const Column values = timestamps_->Integers(4, counts[2]);
    size_t next = 0, next_value = 0;
    for (size_t i = 0; i < samples.size(); ++i) {
      samples[i].shape = shapes[i];
      uint64_t last = static_cast<uint64_t>(profiles[profile_of[i]].time);
      for (uint64_t n = lengths[i]; n > 0; --n) {
        samples[i].times.push_back(last += UnZig(times.at(next++)));
        if (shapes[i] == 2) samples[i].timed.push_back(Signed(UnZig(values.at(next_value++))));
      }
    }
  }

 private:
  static const FormatSection& Or(const FormatDataset& d, int kind, uint32_t part) {
    const auto at = d.sections.find({kind, part});
    return at == d.sections.end() ? kNone : at->second;
  }

  void Runs() {
    const size_t n = counts_[1];
    const Column stacks = heads_.Integers(1, n), lengths = heads_.Integers(3, n);
    const Column labels = heads_.Integers(2, n);
    for (size_t g = 0; g < groups_.size(); ++g) {
      for (uint64_t r = 0; r < groups_[g].runs; ++r) {
        const size_t at = runs_.size();
        Run run{g, stacks.at(at), labels[at], lengths[at], lengths[at] == 0, {}};
        if (r > 0) run.stack += runs_.back().stack;
        if (r > 0 && run.stack == runs_.back().stack) run.labels += runs_.back().labels;
        if (run.full) run.k = groups_[g].profiles;
        runs_.push_back(run);
      }
    }
    Require(runs_.size() == n, "runs");
  }

  void Bodies() {
    size_t told = 0, next = 0, all = 0;
    for (const Run& run : runs_) told += run.full ? 0 : run.k, all += run.k;
    Require(all == counts_[2], "samples");
    const Column ordinals = bodies_.Integers(1, told);
    for (Run& run : runs_) {
      uint64_t ordinal = 0;
      for (uint64_t i = 0; i < run.k; ++i) {
        ordinal = run.full ? i : ordinal + ordinals[next++];
        Require(ordinal < groups_[run.group].profiles, "ordinal");
        run.samples.push_back(samples.size());
        samples.push_back({run.stack, run.labels, {}, std::string(24, '\0'), 0, {}, {}});
        profile_of.push_back(groups_[run.group].first + ordinal);
      }
    }
    if (flags_ & 1) return;
    const Column labelled = bodies_.Integers(2, all);
    const Column sets = bodies_.Integers(3, std::count(labelled.begin(), labelled.end(), 1u));
    for (size_t i = 0, set = 0; i < all; ++i) samples[i].labels = labelled[i] ? sets[set++] : 0;
  }

  // The run of equal key in the last earlier group of the series.
  const Run* Before(const Run& run) const {
    size_t g = run.group;
    while (g > 0 && groups_[g - 1].series != groups_[run.group].series) --g;
    for (const Run& other : runs_) {
      if (g > 0 && other.group == g - 1 && other.stack == run.stack && other.labels == run.labels) {
        return &other;
      }
    }
    return nullptr;
  }

  static uint64_t FromMode(uint64_t mode, uint64_t stored, uint64_t before) {
    return mode == 0 ? stored : UnZig(stored) + (mode == 2 ? before : 0);
  }

  Column StoredColumn(size_t c) {
    const uint64_t* plan = &counts_[4 + 4 * c];
    Column values(samples.size());
    if (plan[0] != 0) {
      const Column& source = columns_.at(plan[0] - 1);
      residuals_.push_back(residuals_.at(plan[0] - 1));
      for (uint64_t& residual : residuals_.back()) residual *= plan[1];
      for (size_t i = 0; i < values.size(); ++i) values[i] = source[i] * plan[1];
      return values;
    }
    size_t middles = 0, next_many = 0, next_middle = 0;
    for (const Run& run : runs_) middles += run.k > 1 ? run.k - 2 : 0;
    const Column firsts = heads_.Integers(4, runs_.size(), c),
                 residuals = heads_.Integers(5, Many(), c);
    const Column between = bodies_.Integers(4, middles, c);
    residuals_.emplace_back(runs_.size(), 0);
    for (size_t r = 0; r < runs_.size(); ++r) {
      const Run& run = runs_[r];
      const Run* before = plan[2] == 2 ? Before(run) : nullptr;
      const uint64_t first =
          FromMode(plan[2], firsts[r], before == nullptr ? 0 : values[before->samples[0]]);
      values[run.samples[0]] = first;
      if (run.k == 1) continue;
      residuals_.back()[r] = UnZig(residuals[next_many++]);
      uint64_t last = run.k * first + residuals_.back()[r] - first;
      for (size_t i = 1; i + 1 < run.k; ++i) {
        uint64_t& value = values[run.samples[i]];
        value = FromMode(plan[3], between[next_middle++], values[run.samples[i] - 1]);
        last -= value;
      }
      values[run.samples.back()] = last;
    }
    return values;
  }

  void Values(size_t types) {
    for (size_t c = 0; c < width_; ++c) columns_.push_back(StoredColumn(c));
    for (size_t i = 0; i < samples.size() && !(flags_ & 2); ++i) {
      for (size_t v = 0; v < types; ++v) samples[i].values.push_back(Signed(columns_[v][i]));
    }
    if (flags_ & 2) ScaledValues();
  }

  size_t Many() const {
    return static_cast<size_t>(
        std::count_if(runs_.begin(), runs_.end(), [](const Run& run) { return run.k > 1; }));
  }

  // Value v of a count, in a run of these labels.
  int64_t Scaled(size_t v, uint64_t count, uint64_t labels) const {
    const size_t z =
        static_cast<size_t>(std::find(sets_.begin(), sets_.end(), labels) - sets_.begin());
    const uint64_t m = v % 2 == 1 ? count * sizes_.at(z) : count;
    const double product = static_cast<double>(m) * std::bit_cast<double>(scales_.at(z));
    return product < 9.2e18 ? static_cast<int64_t>(product) : 0;
  }

  void ScaledValues() {
    scales_ = heads_.Counts(8);
    sets_ = heads_.Integers(6, scales_.size()), sizes_ = heads_.Integers(7, scales_.size());
    for (size_t i = 0; i < samples.size(); ++i) {
      for (size_t v = 0; v < 4; ++v) {
        samples[i].values.push_back(Scaled(v, columns_[v / 2][i], samples[i].labels));
      }
    }
  }

  // What heads alone say of each run's sum is what its samples add up to.
  void CheckSums(size_t types) const {
    const bool heap = (flags_ & 2) != 0;
    for (size_t v = 0; v < types; ++v) {
      const size_t c = heap ? v / 2 : v;
      const Column excess = heap ? heads_.Integers(9, Many(), v) : Column();
      size_t next = 0;
      for (size_t r = 0; r < runs_.size(); ++r) {
        const Run& run = runs_[r];
        uint64_t first = columns_[c][run.samples[0]], residual = residuals_[c][r], sum = 0;
        if (heap) {
          const bool negative = Signed(residual) < 0;
          const int64_t rest = Scaled(v, negative ? 0 - residual : residual, run.labels);
          first = static_cast<uint64_t>(Scaled(v, first, run.labels));
          residual = static_cast<uint64_t>(negative ? -rest : rest);
          if (run.k > 1) residual += UnZig(excess[next++]);
        }
        for (size_t i : run.samples) sum += static_cast<uint64_t>(samples[i].values[v]);
        Require(run.k * first + residual == sum, "sum of a run");
      }
    }
  }

  void Links(const FormatSection& in) {
    const Column counts = in.Counts(), codes = in.Integers(1, counts[0]);
    const std::string traces = in.Bytes(2), spans = in.Bytes(3);
    std::map<uint64_t, std::vector<std::string>> known;  // by profile
    size_t next = 0, code = 0;
    for (size_t i = 0; i < samples.size(); ++i) {
      if (counts[2] == 1 && samples[i].labels == 0) continue;
      std::vector<std::string>& links = known[profile_of[i]];
      const uint64_t c = codes.at(code++);
      if (c == 1) {
        links.push_back(traces.substr(16 * next, 16) + spans.substr(8 * next, 8));
        ++next;
      }
      if (c > 0) samples[i].link = c == 1 ? links.back() : links.at(c - 2);
    }
  }

  const FormatSection& heads_;
  const FormatSection& bodies_;
  const FormatSection* timestamps_ = nullptr;
  const std::vector<Group>& groups_;
  const Column counts_;
  uint64_t flags_ = 0, width_ = 0;
  std::vector<Run> runs_;
  std::vector<Column> columns_, residuals_;  // residuals by run
  Column sets_, sizes_, scales_;             // of Go heap values
};

void ReadPayloads(const FormatDataset& dataset, uint32_t part, const std::vector<Group>& groups,
                  std::vector<FormatProfile>* profiles) {
  const auto at = dataset.sections.find({4, part});
  if (at == dataset.sections.end()) return;
  const FormatSection& in = at->second;
  std::vector<size_t> order;
  for (const Group& group : groups) {
    for (size_t p = 0; p < group.profiles; ++p) order.push_back(group.first + p);
  }
  const Column sizes = in.Integers(1, order.size()), unknown = in.Integers(3, order.size());
  const std::string payload_bytes = in.Bytes(2), unknown_bytes = in.Bytes(4);
  FormatBytes payloads(payload_bytes), fields(unknown_bytes);
  for (size_t i = 0; i < order.size(); ++i) {
    (*profiles)[order[i]].payload = payloads.Take(sizes[i]);
    (*profiles)[order[i]].unknown_fields = fields.Take(unknown[i]);
  }
  Require(payloads.rest.empty() && fields.rest.empty(), "payloads left over");
}

}  // namespace

std::vector<FormatProfile> ReadProfiles(const FormatDataset& dataset) {
  ProfileRows rows(dataset.sections.at({10, 0}));
  const FormatLinkFilter filter(dataset);
  Require(filter.chunks() == 0 || filter.chunks() == rows.chunks.size(), "filters of chunks");
  for (uint32_t part = 0; part < rows.chunks.size(); ++part) {
    const std::vector<Group>& groups = rows.chunks[part];
    const size_t types = (rows.profiles[groups[0].first].type.size() - 4) / 2;
    ChunkSamples chunk(dataset, part, groups, types);
    for (const Group& group : groups) {
      for (size_t p = 0; p < group.profiles; ++p) {
        rows.profiles[group.first + p].dropped = chunk.dropped();
      }
    }
    chunk.Timestamps(rows.profiles);
    for (const FormatSample& sample : chunk.samples) {
      for (const std::string& id : {sample.link.substr(0, 16), sample.link.substr(16)}) {
        const bool none = id.find_first_not_of('\0') == id.npos;
        Require(none || filter.MayHold(part, id), "a link that its filter rules out");
      }
    }
    for (size_t i = 0; i < chunk.samples.size(); ++i) {
      rows.profiles[chunk.profile_of[i]].samples.push_back(chunk.samples[i]);
    }
    ReadPayloads(dataset, part, groups, &rows.profiles);
  }
  return std::move(rows.profiles);
}

}  // namespace dolerite::testing
