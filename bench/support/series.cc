#include "support/series.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <numeric>
#include <set>

#include "dolerite/pprof.h"
#include "formats/wire/inflate.h"
#include "support/table.h"

namespace dolerite::bench {

namespace {

namespace fs = std::filesystem;

struct Place {
  const char* name;
  const char* folder;  // holds {version}/{pod}/{time}.{kind}.pb.gz
  const char* kind;    // "" for all
};

constexpr Place kPlaces[] = {
    {"bundled-cpu", "examples/data/checkout", "cpu"},
    {"bundled-heap", "examples/data/checkout", "heap"},
    {"checkout-cpu", "../shared/corpus/series/checkout", "cpu"},
    {"checkout-heap", "../shared/corpus/series/checkout", "heap"},
    {"checkout-whole", "../shared/corpus/series/checkout", ""},
    {"parca-public", "../shared/corpus/series/parca-public", ""},
};

std::string KindOf(const fs::path& path) {
  const std::string name = path.filename().string();
  const size_t begin = name.find('.') + 1;
  return name.substr(begin, name.find('.', begin) - begin);
}

Source ReadSource(const fs::path& path, const std::string& service) {
  Source source;
  const fs::path pod = path.parent_path();
  const std::string version = pod.parent_path().filename().string();
  source.pod = version + "/" + pod.filename().string();
  source.labels = {{"service_name", service},
                   {"version", version},
                   {"pod", pod.filename().string()},
                   {"kind", KindOf(path)}};
  std::ifstream in(path, std::ios::binary);
  source.gz = std::string(std::istreambuf_iterator<char>(in), {});
  Inflater inflater;
  source.raw = Must(inflater.Inflate(source.gz, ReadLimits()));
  return source;
}

std::vector<fs::path> ListFiles(const fs::path& folder, std::string_view kind) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file() || entry.path().extension() != ".gz") continue;
    if (kind.empty() || KindOf(entry.path()) == kind) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

Series ReadSeries(const Place& place) {
  Series series;
  series.name = place.name;
  const fs::path folder = fs::path(DOLERITE_SOURCE_DIR) / place.folder;
  if (!fs::exists(folder)) {
    std::fprintf(stderr, "SKIPPED: the profiles of %s are not here (%s)\n", place.name,
                 place.folder);
    return series;
  }
  for (const fs::path& file : ListFiles(folder, place.kind)) {
    series.sources.push_back(ReadSource(file, folder.filename().string()));
  }
  return series;
}

}  // namespace

std::string Series::kind() const {
  std::set<std::string_view> kinds;
  for (const Source& source : sources) kinds.insert(*source.labels.Get("kind"));
  return kinds.size() == 1 ? std::string(*kinds.begin()) : "";
}

const std::vector<Series>& AllSeries() {
  static const auto* all = [] {
    auto* read = new std::vector<Series>;
    for (const Place& place : kPlaces) {
      Series series = ReadSeries(place);
      if (!series.sources.empty()) read->push_back(std::move(series));
    }
    return read;
  }();
  return *all;
}

const Series* FindSeries(std::string_view name) {
  for (const Series& series : AllSeries()) {
    if (series.name == name) return &series;
  }
  return nullptr;
}

size_t GzBytes(Sources sources) {
  size_t bytes = 0;
  for (const Source& source : sources) bytes += source.gz.size();
  return bytes;
}

size_t RawBytes(Sources sources) {
  size_t bytes = 0;
  for (const Source& source : sources) bytes += source.raw.size();
  return bytes;
}

std::vector<Profile> ReadProfiles(Sources sources) {
  PprofReader reader;
  std::vector<Profile> profiles(sources.size());
  for (size_t i = 0; i < sources.size(); ++i) Must(reader.Read(sources[i].gz, &profiles[i]));
  return profiles;
}

std::string BuildBlock(Sources sources, const BlockOptions& options) {
  BlockBuilder builder = Must(BlockBuilder::Make(options));
  PprofReader reader;
  Profile profile;
  for (const Source& source : sources) {
    Must(reader.Read(source.gz, &profile));
    Must(builder.Add(source.labels, profile));
  }
  return Must(std::move(builder).Finish());
}

std::string BuildRepeated(Sources sources, size_t copies, int64_t shift_nanos,
                          const BlockOptions& options) {
  BlockBuilder builder = Must(BlockBuilder::Make(options));
  std::vector<Profile> profiles = ReadProfiles(sources);
  for (size_t copy = 0; copy < copies; ++copy) {
    for (size_t i = 0; i < profiles.size(); ++i) {
      Must(builder.Add(sources[i].labels, profiles[i]));
      profiles[i].time_nanos += shift_nanos;
    }
  }
  return Must(std::move(builder).Finish());
}

std::vector<size_t> AllProfiles(const BlockReader& reader) {
  size_t profiles = 0;
  for (const DatasetSummary& dataset : reader.summary().datasets) profiles += dataset.profiles;
  std::vector<size_t> indices(profiles);
  std::iota(indices.begin(), indices.end(), size_t{0});
  return indices;
}

int64_t SpanNanos(Sources sources) {
  int64_t first = INT64_MAX, last = INT64_MIN;
  for (const Profile& profile : ReadProfiles(sources)) {
    first = std::min(first, profile.time_nanos);
    last = std::max(last, profile.time_nanos);
  }
  return last - first;
}

}  // namespace dolerite::bench
