// Objects come, change and go one at a time here, but for the clauses about races.
#include <algorithm>
#include <atomic>
#include <vector>

#include "base/status.h"
#include "store/conformance_probe.h"

namespace dolerite {
namespace {

constexpr auto kAlreadyExists = absl::StatusCode::kAlreadyExists;

// What was put is read back in full, and Head knows its size.
absl::Status ReadYourWrite(const ConformanceProbe& probe) {
  // Sizes around those at which stores change their ways: empty, one page, several parts.
  for (size_t size : {0, 1, 256, 4095, 4097, 1'500'000}) {
    const std::string name = "size-" + std::to_string(size), bytes = PatternBytes(size);
    DOLERITE_RETURN_IF_ERROR(probe.Create(name, bytes));
    DOLERITE_RETURN_IF_ERROR(probe.Holds(name, bytes));
    auto info = probe.store->Head(probe.Key(name));
    DOLERITE_RETURN_IF_ERROR(Annotate(info.status(), "head"));
    DOLERITE_RETURN_IF_ERROR(
        Expect(info->key == probe.Key(name) && info->size == size, "head: wrong key or size"));
  }
  return absl::OkStatus();
}

absl::Status CreateOnce(const ConformanceProbe& probe) {
  DOLERITE_RETURN_IF_ERROR(probe.Create("x", "first"));
  // Also with the same bytes: a create never succeeds twice.
  for (std::string_view bytes : {"second", "first", ""}) {
    auto again = probe.store->Put(probe.Key("x"), bytes);
    DOLERITE_RETURN_IF_ERROR(ExpectCode(again.status(), kAlreadyExists, "a second create"));
  }
  return probe.Holds("x", "first");
}

// Of many creates at once exactly one wins, and its bytes are the ones that stay.
absl::Status CreateRace(const ConformanceProbe& probe) {
  // What traits() denies is not tested.
  if (!probe.store->traits().exclusive_create) return absl::OkStatus();
  constexpr int kRacers = 16, kRounds = 8;
  for (int round = 0; round < kRounds; ++round) {
    const std::string name = "race-" + std::to_string(round);
    std::vector<absl::Status> results(kRacers);
    probe.Parallel(kRacers, [&](int i) {
      results[i] = probe.store->Put(probe.Key(name), PatternBytes(1000, i)).status();
    });
    int winner = -1, winners = 0;
    for (int i = 0; i < kRacers; ++i) {
      if (results[i].ok()) winner = i, ++winners;
      // A racer may lose by Aborted: it does not know whether there is an object.
      if (results[i].ok() || absl::IsAborted(results[i])) continue;
      DOLERITE_RETURN_IF_ERROR(ExpectCode(results[i], kAlreadyExists, "a create that lost"));
    }
    DOLERITE_RETURN_IF_ERROR(Expect(winners == 1, "of racing creates not exactly one won"));
    DOLERITE_RETURN_IF_ERROR(probe.Holds(name, PatternBytes(1000, winner)));
  }
  return absl::OkStatus();
}

// Also by the same bytes, and by none at all.
absl::Status Replace(const ConformanceProbe& probe) {
  for (std::string_view bytes : {"first", "second and longer", "3", "3", ""}) {
    auto put = probe.store->Put(probe.Key("x"), bytes, {.mode = PutMode::kReplace});
    DOLERITE_RETURN_IF_ERROR(Annotate(put.status(), "replace"));
    DOLERITE_RETURN_IF_ERROR(probe.Holds("x", bytes));
  }
  return absl::OkStatus();
}

// By version: the present one is replaced, an old one is not, and a missing object is not created.
absl::Status IfMatch(const ConformanceProbe& probe) {
  auto first = probe.store->Put(probe.Key("x"), "first");
  DOLERITE_RETURN_IF_ERROR(Annotate(first.status(), "create"));
  const PutOptions match{.mode = PutMode::kIfMatch, .version = *first};
  auto second = probe.store->Put(probe.Key("x"), "second", match);
  // A store that can't do it must say so, and must not have written.
  if (!probe.store->traits().if_match) {
    DOLERITE_RETURN_IF_ERROR(
        ExpectCode(second.status(), absl::StatusCode::kUnimplemented, "kIfMatch"));
    return probe.Holds("x", "first");
  }
  DOLERITE_RETURN_IF_ERROR(Annotate(second.status(), "kIfMatch with the present version"));
  auto stale = probe.store->Put(probe.Key("x"), "third", match);
  DOLERITE_RETURN_IF_ERROR(ExpectCode(stale.status(), kFailedPrecondition, "a stale kIfMatch"));
  DOLERITE_RETURN_IF_ERROR(probe.Holds("x", "second"));
  auto missing = probe.store->Put(probe.Key("y"), "y", match);
  return ExpectCode(missing.status(), kFailedPrecondition, "kIfMatch of no object");
}

// One version a content, the same from Put, Head and Read.
absl::Status Versions(const ConformanceProbe& probe) {
  std::vector<std::string> versions;
  // Of different sizes: a store may make versions of size and time, and the clock of a test is too
  // coarse for that.
  for (std::string_view bytes : {"one", "three", "fourteen"}) {
    auto put = probe.store->Put(probe.Key("x"), bytes, {.mode = PutMode::kReplace});
    DOLERITE_RETURN_IF_ERROR(Annotate(put.status(), "replace"));
    auto head = probe.store->Head(probe.Key("x"));
    DOLERITE_RETURN_IF_ERROR(Annotate(head.status(), "head"));
    auto read = probe.store->Read(probe.Key("x"), ByteRange::All());
    DOLERITE_RETURN_IF_ERROR(Annotate(read.status(), "read"));
    DOLERITE_RETURN_IF_ERROR(Expect(!put->empty() && *put == head->version && *put == read->version,
                                    "Put, Head and Read name different versions"));
    for (const std::string& before : versions) {
      DOLERITE_RETURN_IF_ERROR(Expect(*put != before, "another content has the same version"));
    }
    versions.push_back(*put);
  }
  return absl::OkStatus();
}

// A writer replaces an object again and again while readers look. All bytes of one content are the
// same letter, so a mixture shows.
absl::Status AtomicVisibility(const ConformanceProbe& probe) {
  constexpr int kReaders = 3, kRounds = 20;
  constexpr size_t kSize = 100'000;
  DOLERITE_RETURN_IF_ERROR(probe.Create("x", std::string(kSize, 'a')));
  std::atomic<bool> done{false}, torn{false}, failed{false};
  // A store may answer Aborted under a race; that is no failure.
  const auto note = [&](const absl::Status& status) {
    if (!status.ok() && !absl::IsAborted(status)) failed = true;
  };
  const auto write = [&] {
    for (int round = 1; round <= kRounds; ++round) {
      const std::string bytes(kSize, static_cast<char>('a' + round));
      note(probe.store->Put(probe.Key("x"), bytes, {.mode = PutMode::kReplace}).status());
    }
    done = true;
  };
  const auto read = [&] {
    auto result = probe.store->Read(probe.Key("x"), ByteRange::All());
    note(result.status());
    if (!result.ok()) return;
    const std::string_view bytes = result->slice.bytes;
    if (bytes.size() != kSize || bytes.find_first_not_of(bytes[0]) != bytes.npos) torn = true;
  };
  probe.Parallel(kReaders + 1, [&](int i) {
    if (i == 0) return write();
    // At least once, though the writer may be done already.
    do read();
    while (!done);
  });
  DOLERITE_RETURN_IF_ERROR(Expect(!failed, "a read or replace failed while both went on"));
  return Expect(!torn, "a read gave parts of different contents");
}

// Also of what is not there, and twice; afterwards the key is free.
absl::Status Delete(const ConformanceProbe& probe) {
  DOLERITE_RETURN_IF_ERROR(Annotate(probe.store->Delete(probe.Key("x")), "delete of no object"));
  DOLERITE_RETURN_IF_ERROR(probe.Create("x", "x"));
  // A neighbour whose key begins with the deleted one.
  DOLERITE_RETURN_IF_ERROR(probe.Create("x.y", "y"));
  DOLERITE_RETURN_IF_ERROR(Annotate(probe.store->Delete(probe.Key("x")), "delete"));
  auto head = probe.store->Head(probe.Key("x"));
  DOLERITE_RETURN_IF_ERROR(ExpectCode(head.status(), kNotFound, "head of a deleted object"));
  auto read = probe.store->Read(probe.Key("x"), ByteRange::All());
  DOLERITE_RETURN_IF_ERROR(ExpectCode(read.status(), kNotFound, "read of a deleted object"));
  DOLERITE_RETURN_IF_ERROR(Annotate(probe.store->Delete(probe.Key("x")), "second delete"));
  DOLERITE_RETURN_IF_ERROR(probe.Holds("x.y", "y"));
  DOLERITE_RETURN_IF_ERROR(probe.Create("x", "again"));
  return probe.Holds("x", "again");
}

// Keys that differ are different objects, whatever the storage below makes of them.
absl::Status Keys(const ConformanceProbe& probe) {
  std::string longest;  // segments as long as may be
  const size_t room =
      probe.options->longest_key - std::min(probe.options->longest_key, probe.prefix.size());
  while (longest.size() < room) longest += longest.size() % 256 == 255 ? '/' : 'k';
  if (longest.ends_with('/')) longest.back() = 'k', longest[longest.size() - 2] = '/';
  const std::vector<std::string> names = {
      "a",  "A",   "a.",    "a~",    "a-b",     "a_b",  "...", "-",     "~",    "0",
      "00", "d/a", "d/a.b", "d/a-b", "d/e/f/g", "2e2e", "CON", "x.tmp", longest};
  for (const std::string& name : names) {
    DOLERITE_RETURN_IF_ERROR(Annotate(probe.Create(name, name), name));
  }
  for (const std::string& name : names) {
    DOLERITE_RETURN_IF_ERROR(Annotate(probe.Holds(name, name), name));
  }
  return absl::OkStatus();
}

// Nothing of an upload is to be seen before its end: by key, by bytes or by list.
absl::Status ExpectHidden(const ConformanceProbe& probe, std::string_view name) {
  auto head = probe.store->Head(probe.Key(name));
  DOLERITE_RETURN_IF_ERROR(ExpectCode(head.status(), kNotFound, "head of an unfinished upload"));
  auto read = probe.store->Read(probe.Key(name), ByteRange::All());
  DOLERITE_RETURN_IF_ERROR(ExpectCode(read.status(), kNotFound, "read of an unfinished upload"));
  auto objects = probe.store->ListAll(probe.Key(name));
  DOLERITE_RETURN_IF_ERROR(Annotate(objects.status(), "list"));
  return Expect(objects->empty(), "a list shows an unfinished upload");
}

// An object of several pieces is there at the end, and not before.
absl::Status UploadInPieces(const ConformanceProbe& probe) {
  // Pieces below and above the 5 MiB that S3 wants of each part but the last.
  const std::vector<std::vector<size_t>> uploads = {{}, {1}, {0, 70'000, 3, 0, 5}, {6'000'000, 9}};
  for (size_t u = 0; u < uploads.size(); ++u) {
    const std::string name = "pieces-" + std::to_string(u);
    auto upload = probe.store->StartUpload(probe.Key(name));
    DOLERITE_RETURN_IF_ERROR(Annotate(upload.status(), "start of an upload"));
    std::string whole;
    for (size_t size : uploads[u]) {
      const std::string piece = PatternBytes(size, whole.size());
      DOLERITE_RETURN_IF_ERROR(Annotate((*upload)->Append(piece), "a piece of an upload"));
      whole += piece;
      DOLERITE_RETURN_IF_ERROR(ExpectHidden(probe, name));
    }
    auto version = (*upload)->Finish();
    DOLERITE_RETURN_IF_ERROR(Annotate(version.status(), "end of an upload"));
    DOLERITE_RETURN_IF_ERROR(probe.Holds(name, whole));
    auto head = probe.store->Head(probe.Key(name));
    DOLERITE_RETURN_IF_ERROR(Annotate(head.status(), "head"));
    DOLERITE_RETURN_IF_ERROR(
        Expect(head->version == *version, "an upload and Head name different versions"));
  }
  return absl::OkStatus();
}

absl::Status UploadCreates(const ConformanceProbe& probe) {
  // Two of one key: the first to end wins, whichever began first.
  auto late = probe.store->StartUpload(probe.Key("x"));
  auto early = probe.store->StartUpload(probe.Key("x"));
  DOLERITE_RETURN_IF_ERROR(Annotate(late.status(), "start of an upload"));
  DOLERITE_RETURN_IF_ERROR(Annotate(early.status(), "second start of an upload"));
  DOLERITE_RETURN_IF_ERROR(Annotate((*late)->Append("late"), "a piece"));
  DOLERITE_RETURN_IF_ERROR(Annotate((*early)->Append("early"), "a piece"));
  DOLERITE_RETURN_IF_ERROR(Annotate((*early)->Finish().status(), "the first end"));
  DOLERITE_RETURN_IF_ERROR(
      ExpectCode((*late)->Finish().status(), kAlreadyExists, "the second end of uploads of a key"));
  DOLERITE_RETURN_IF_ERROR(probe.Holds("x", "early"));
  // Also over a Put, and with its very bytes.
  DOLERITE_RETURN_IF_ERROR(probe.Create("y", "put"));
  auto over = probe.store->StartUpload(probe.Key("y"));
  if (!over.ok()) return ExpectCode(over.status(), kAlreadyExists, "start over an object");
  DOLERITE_RETURN_IF_ERROR(Annotate((*over)->Append("put"), "a piece"));
  DOLERITE_RETURN_IF_ERROR(
      ExpectCode((*over)->Finish().status(), kAlreadyExists, "an upload over an object"));
  return probe.Holds("y", "put");
}

// An upload that is dropped leaves nothing behind that is in the way.
absl::Status UploadDropped(const ConformanceProbe& probe) {
  {
    auto upload = probe.store->StartUpload(probe.Key("x"));
    DOLERITE_RETURN_IF_ERROR(Annotate(upload.status(), "start of an upload"));
    DOLERITE_RETURN_IF_ERROR(Annotate((*upload)->Append(PatternBytes(100'000)), "a piece"));
  }
  DOLERITE_RETURN_IF_ERROR(ExpectHidden(probe, "x"));
  // The key is free.
  return probe.Create("x", "x");
}

constexpr ConformanceClause kWriteClauses[] = {
    {"read-your-write", ReadYourWrite},
    {"create-once", CreateOnce},
    {"create-race", CreateRace},
    {"replace", Replace},
    {"if-match", IfMatch},
    {"versions", Versions},
    {"atomic-visibility", AtomicVisibility},
    {"delete", Delete},
    {"keys", Keys},
    {"upload", UploadInPieces},
    {"upload-creates", UploadCreates},
    {"upload-dropped", UploadDropped},
};

}  // namespace

std::span<const ConformanceClause> WriteClauses() { return kWriteClauses; }

}  // namespace dolerite
