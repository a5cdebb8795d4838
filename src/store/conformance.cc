// The clauses of the contract in object_store.h, each a function that puts a store to the test. A
// clause has a prefix of its own, which is emptied before and after it, so that clauses do not
// depend on each other and other keys are left alone.
#include "store/conformance_probe.h"

#include <algorithm>
#include <iterator>

#include "base/status.h"
#include "dolerite/forwarding_store.h"
#include "store/errors.h"

namespace dolerite {
namespace {

// Writes first: if those fail, nothing else means much.
template <class Visit>
void ForEachClause(const Visit& visit) {
  for (auto clauses : {WriteClauses(), ReadClauses(), ListClauses()}) {
    for (const ConformanceClause& clause : clauses) visit(clause);
  }
}

// Clean before, for an earlier run may have ended in between.
absl::Status CheckClause(const ConformanceClause& clause, const ConformanceProbe& probe) {
  DOLERITE_RETURN_IF_ERROR(Annotate(probe.Clean(), "cleaning before"));
  const absl::Status status = clause.check(probe);
  const absl::Status cleaned = Annotate(probe.Clean(), "cleaning after");
  return status.ok() ? cleaned : status;
}

// Gives the caller's context to all requests of vital clauses but those that clean up.
class StoppableStore : public ForwardingStore {
 public:
  StoppableStore(ObjectStore* inner, const CallContext& context)
      : ForwardingStore(inner), context_(context) {}

 protected:
  absl::StatusOr<ReadResult> DoRead(std::string_view key, const ByteRange& range,
                                    const CallOptions& options) const override {
    return inner()->Read(key, range, {.context = context_, .version = options.version});
  }
  absl::StatusOr<std::string> DoPut(std::string_view key, std::string_view bytes,
                                    const PutOptions& put, const CallOptions&) override {
    return inner()->Put(key, bytes, put, {.context = context_});
  }
  absl::StatusOr<ObjectInfo> DoHead(std::string_view key, const CallOptions&) const override {
    return inner()->Head(key, {.context = context_});
  }

 private:
  const CallContext& context_;
};

// What an archive builds on: of writers that race one wins, and all see what it wrote.
constexpr std::string_view kVital[] = {"create-once", "create-race", "if-match", "pinned-read",
                                       "list-after-write"};

}  // namespace

// Without threads of the host's the racers run one by one, which tests less but ends.
void ConformanceProbe::Parallel(int n, const std::function<void(int)>& body) const {
  if (options->run_parallel) return options->run_parallel(n, body);
  for (int i = 0; i < n; ++i) body(i);
}

absl::Status ConformanceProbe::Clean() const {
  DOLERITE_ASSIGN_OR_RETURN(const std::vector<ObjectInfo> objects, store->ListAll(prefix));
  // By keys that a list gives, so a store whose lists lie will fail its clauses.
  for (const ObjectInfo& object : objects) {
    DOLERITE_RETURN_IF_ERROR(store->Delete(object.key));
  }
  return absl::OkStatus();
}

absl::Status ConformanceProbe::Create(std::string_view name, std::string_view bytes) const {
  return Annotate(store->Put(Key(name), bytes).status(), "create");
}

absl::Status ConformanceProbe::Holds(std::string_view name, std::string_view bytes) const {
  auto read = store->Read(Key(name), ByteRange::All());
  DOLERITE_RETURN_IF_ERROR(Annotate(read.status(), "read of the whole object"));
  DOLERITE_RETURN_IF_ERROR(Expect(read->object_size == bytes.size(), "a read gives a wrong size"));
  return Expect(read->slice.bytes == bytes, "a read gives other bytes than were put");
}

// A clause that fails is the fault of the store, hence Internal and no code that a store may give.
absl::Status Expect(bool held, std::string_view what) {
  return held ? absl::OkStatus() : Internal(what);
}

absl::Status ExpectCode(const absl::Status& status, absl::StatusCode code, std::string_view call) {
  if (status.code() == code) return absl::OkStatus();
  return Internal(call, " ended as ", ToStd(absl::StatusCodeToString(status.code())), ", not as ",
                  ToStd(absl::StatusCodeToString(code)));
}

// Bytes that differ from those 256 before, so that a shifted read shows.
std::string PatternBytes(size_t size, uint64_t seed) {
  std::string bytes(size, '\0');
  for (size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i + (i >> 8) * 7 + seed);
  return bytes;
}

std::vector<std::string_view> ConformanceClauses() {
  std::vector<std::string_view> names;
  ForEachClause([&](const ConformanceClause& clause) { names.push_back(clause.name); });
  return names;
}

// Goes on after a failure: each clause is about something else.
std::vector<ConformanceFailure> CheckStoreConformance(ObjectStore* store,
                                                      const ConformanceOptions& options) {
  std::vector<ConformanceFailure> failures;
  ForEachClause([&](const ConformanceClause& clause) {
    const std::string name(clause.name);
    const absl::Status status = CheckClause(clause, {store, &options, options.prefix + name + "/"});
    if (!status.ok()) failures.push_back({name, std::string(ToStd(status.message()))});
  });
  return failures;
}

absl::Status ProbeStore(ObjectStore* store, const ConformanceOptions& options) {
  absl::Status result;
  StoppableStore stoppable(store, options.context);
  ForEachClause([&](const ConformanceClause& clause) {
    const bool is_vital =
        std::find(std::begin(kVital), std::end(kVital), clause.name) != std::end(kVital);
    if (!is_vital || !result.ok()) return;
    const std::string prefix = Concat(options.prefix, clause.name, "/");
    result = Annotate(CheckClause(clause, {&stoppable, &options, prefix}), clause.name);
    // A clause may take the end of a request that was stopped for a wrong answer.
    if (const absl::Status stopped = options.context.Check(); !stopped.ok()) result = stopped;
    // Internal is what the clauses make of an answer that the contract does not allow.
    if (absl::IsInternal(result)) {
      result = FailedPrecondition("the store can't be trusted with data: it breaks the clause ",
                                  ToStd(result.message()));
    }
  });
  return result;
}

}  // namespace dolerite
