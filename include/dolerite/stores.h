// The stores that come with the library, and wrappers around any store.
#ifndef DOLERITE_STORES_H_
#define DOLERITE_STORES_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "dolerite/export.h"
#include "dolerite/object_store.h"

namespace dolerite {

// Objects in memory; reads copy nothing.
DOLERITE_EXPORT std::unique_ptr<ObjectStore> MakeMemoryStore();

struct LocalStoreOptions {
  // Flushes file and directory before a Put or Delete returns. Without it they are much faster, and
  // a crash of the machine may lose or tear what was acknowledged.
  bool sync = true;
};

// The files below the directory `root`, made if it is missing. Follows no symbolic link below
// it; several processes may use it at once. Unfinished writes lie in `root`/#tmp, which no key
// reaches; those of dead processes are swept away here. A key can't be stored
// while it is a directory of other keys, or has been (FailedPrecondition); kIfMatch is
// Unimplemented. A version is the file's inode, size and time of change.
DOLERITE_EXPORT absl::StatusOr<std::unique_ptr<ObjectStore>> OpenLocalStore(
    const std::string& root, const LocalStoreOptions& options = {});

// Files anywhere on the disk, read only, for tools that are given paths. Symbolic links are
// followed.
class DOLERITE_EXPORT FileStore : public ObjectStore {
 public:
  FileStore();
  ~FileStore() override;

  // The key of `path` in this store: a number and the file's name. NotFound unless it is a regular
  // file now.
  absl::StatusOr<std::string> Add(const std::string& path);

  StoreTraits traits() const override;

 protected:
  absl::StatusOr<ReadResult> DoRead(std::string_view key, const ByteRange& range,
                                    const CallOptions& options) const override;
  absl::StatusOr<std::string> DoPut(std::string_view key, std::string_view bytes,
                                    const PutOptions& put, const CallOptions& options) override;
  absl::StatusOr<ObjectInfo> DoHead(std::string_view key,
                                    const CallOptions& options) const override;
  absl::StatusOr<ListPage> DoList(std::string_view prefix, const ListOptions& list,
                                  const CallOptions& options) const override;
  absl::Status DoDelete(std::string_view key, const CallOptions& options) override;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Passes every call on. The base of wrappers, which override what they change. The inner store
// must outlive the wrapper.
class DOLERITE_EXPORT ForwardingStore : public ObjectStore {
 public:
  explicit ForwardingStore(ObjectStore* inner) : inner_(inner) {}

  StoreTraits traits() const override;

 protected:
  ObjectStore* inner() const { return inner_; }

  absl::StatusOr<ReadResult> DoRead(std::string_view key, const ByteRange& range,
                                    const CallOptions& options) const override;
  absl::StatusOr<ReadManyResult> DoReadMany(std::string_view key, std::span<const ByteRange> ranges,
                                            const CallOptions& options) const override;
  absl::StatusOr<std::string> DoPut(std::string_view key, std::string_view bytes,
                                    const PutOptions& put, const CallOptions& options) override;
  absl::StatusOr<ObjectInfo> DoHead(std::string_view key,
                                    const CallOptions& options) const override;
  absl::StatusOr<ListPage> DoList(std::string_view prefix, const ListOptions& list,
                                  const CallOptions& options) const override;
  absl::Status DoDelete(std::string_view key, const CallOptions& options) override;

 private:
  ObjectStore* inner_;
};

// Shows the keys of `inner` that begin with `prefix`, a key with a slash behind it ("tenant/a/"),
// without it. InvalidArgument for another prefix.
DOLERITE_EXPORT absl::StatusOr<std::unique_ptr<ObjectStore>> MakePrefixStore(
    ObjectStore* inner, const std::string& prefix);

// What the calls of one purpose have cost so far.
struct IoAccount {
  uint64_t requests = 0;  // of all kinds, failed ones too
  uint64_t failures = 0;
  uint64_t bytes_wanted = 0;
  uint64_t bytes_read = 0;
  uint64_t bytes_written = 0;

  IoAccount& operator+=(const IoAccount& other);
  friend bool operator==(const IoAccount&, const IoAccount&) = default;
};

struct IoAccounts {
  // By CallContext::purpose. Holds a row for each purpose that was ever used, so purposes should be
  // few.
  std::map<std::string, IoAccount, std::less<>> by_purpose;

  // Zeros for a purpose that no call had.
  IoAccount of(std::string_view purpose) const;
  IoAccount total() const;
};

// Counts what passes through.
class DOLERITE_EXPORT AccountingStore : public ForwardingStore {
 public:
  using ForwardingStore::ForwardingStore;

  IoAccounts accounts() const;

 protected:
  absl::StatusOr<ReadResult> DoRead(std::string_view key, const ByteRange& range,
                                    const CallOptions& options) const override;
  absl::StatusOr<ReadManyResult> DoReadMany(std::string_view key, std::span<const ByteRange> ranges,
                                            const CallOptions& options) const override;
  absl::StatusOr<std::string> DoPut(std::string_view key, std::string_view bytes,
                                    const PutOptions& put, const CallOptions& options) override;
  absl::StatusOr<ObjectInfo> DoHead(std::string_view key,
                                    const CallOptions& options) const override;
  absl::StatusOr<ListPage> DoList(std::string_view prefix, const ListOptions& list,
                                  const CallOptions& options) const override;
  absl::Status DoDelete(std::string_view key, const CallOptions& options) override;

 private:
  void Record(const CallOptions& options, const absl::Status& status, IoAccount account) const;

  mutable std::mutex mutex_;
  mutable IoAccounts accounts_;
};

struct RetryOptions {
  // Waits for so many milliseconds; not OK ends the call with that status. Must be set.
  std::function<absl::Status(uint64_t millis)> wait;
  // A number in [0, 1) by which waits are spread. Without it they are all of full length.
  std::function<double()> random = {};
  int attempts = 10;
  uint64_t first_wait_millis = 100;  // doubled each time
  uint64_t longest_wait_millis = 15'000;
  uint64_t all_waits_millis = 180'000;  // of one call
};

// Repeats what ended as Unavailable, Aborted or ResourceExhausted. A repeated Put
// that meets an object of the same bytes counts as done: it was the first attempt's. `inner` must
// outlive it.
DOLERITE_EXPORT std::unique_ptr<ObjectStore> MakeRetryStore(ObjectStore* inner,
                                                            const RetryOptions& options);

// One thing that goes wrong.
struct Fault {
  enum class Kind {
    kFailBefore,  // fails and does nothing
    kFailAfter,   // does it, then fails
    kSkip,        // a Put or Delete that says OK and does nothing
    kShortRead,   // a read loses its last byte
    kFlipBit,     // a read's bit number `bit` (modulo its size) is turned
  };
  Kind kind = Kind::kFailBefore;
  uint64_t call = 1;    // which one from Arm on
  bool sticky = false;  // that one and all later ones
  absl::StatusCode code = absl::StatusCode::kUnavailable;
  uint64_t bit = 0;
};

// For tests: goes wrong on demand. Every request of a ReadMany is a call of its own.
class DOLERITE_EXPORT FaultStore : public ForwardingStore {
 public:
  using ForwardingStore::ForwardingStore;

  // Replaces the fault before and counts from 1 again.
  void Arm(const Fault& fault);
  void Heal();
  uint64_t calls() const;  // since Arm or Heal

 protected:
  absl::StatusOr<ReadResult> DoRead(std::string_view key, const ByteRange& range,
                                    const CallOptions& options) const override;
  absl::StatusOr<ReadManyResult> DoReadMany(std::string_view key, std::span<const ByteRange> ranges,
                                            const CallOptions& options) const override;
  absl::StatusOr<std::string> DoPut(std::string_view key, std::string_view bytes,
                                    const PutOptions& put, const CallOptions& options) override;
  absl::StatusOr<ObjectInfo> DoHead(std::string_view key,
                                    const CallOptions& options) const override;
  absl::StatusOr<ListPage> DoList(std::string_view prefix, const ListOptions& list,
                                  const CallOptions& options) const override;
  absl::Status DoDelete(std::string_view key, const CallOptions& options) override;

 private:
  // Counts a call; what shall go wrong with it.
  std::optional<Fault> Next() const;

  mutable std::mutex mutex_;
  mutable uint64_t calls_ = 0;
  std::optional<Fault> fault_;
};

}  // namespace dolerite

#endif  // DOLERITE_STORES_H_
