// The objects behind the C interface, and what every function of it does first and last.
#ifndef DOLERITE_C_API_OBJECTS_H_
#define DOLERITE_C_API_OBJECTS_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/out_of_memory.h"
#include "base/status.h"
#include "c_api/host.h"
#include "dolerite/archive.h"
#include "dolerite/arrow.h"
#include "dolerite/ask.h"
#include "dolerite/block_builder.h"
#include "dolerite/dolerite.h"
#include "dolerite/snapshot.h"

namespace dolerite::c_api {

// Tells objects apart. The numbers are unlikely ones, so that other memory is not taken for one.
enum class Kind : uint32_t {
  kFreed = 0xd01e0000,
  kError = 0xd01e0001,
  kBytes,
  kCall,
  kStore,
  kReply,
  kSource,
  kAnswer,
  kSamples,
  kPlan,
  kBuilder,
  kArchive,
};

// The front of every object.
template <Kind kind>
struct Object {
  static constexpr Kind kKind = kind;
  std::atomic<Kind> is{kind};
};

}  // namespace dolerite::c_api

struct dolerite_error : dolerite::c_api::Object<dolerite::c_api::Kind::kError> {
  dolerite_code code = DOLERITE_OK;
  std::string message;
};
struct dolerite_bytes : dolerite::c_api::Object<dolerite::c_api::Kind::kBytes> {
  std::string bytes;
};
struct dolerite_call : dolerite::c_api::Object<dolerite::c_api::Kind::kCall> {
  std::shared_ptr<dolerite::c_api::Call> call = std::make_shared<dolerite::c_api::Call>();
};
struct dolerite_store : dolerite::c_api::Object<dolerite::c_api::Kind::kStore> {
  std::shared_ptr<dolerite::ObjectStore> store;
};
struct dolerite_source : dolerite::c_api::Object<dolerite::c_api::Kind::kSource> {
  // Either blocks, with what they live on, or a snapshot with its archive.
  std::vector<std::shared_ptr<const dolerite::BlockReader>> blocks;
  std::vector<std::shared_ptr<const void>> owners;
  std::optional<dolerite::Snapshot> snapshot;
};
struct dolerite_answer : dolerite::c_api::Object<dolerite::c_api::Kind::kAnswer> {
  dolerite::WrittenAnswer answer;
  std::string cost;
  ArrowArrayStream table{};            // without a release if there is none
  std::atomic<bool> has_table{false};  // until it is given away

  ~dolerite_answer() {
    if (table.release != nullptr) table.release(&table);
  }
};
struct dolerite_samples : dolerite::c_api::Object<dolerite::c_api::Kind::kSamples> {
  std::optional<dolerite::SampleTable> table;
};
struct dolerite_plan : dolerite::c_api::Object<dolerite::c_api::Kind::kPlan> {
  dolerite::QueryPlan plan;
};
struct dolerite_builder : dolerite::c_api::Object<dolerite::c_api::Kind::kBuilder> {
  std::optional<dolerite::BlockBuilder> builder;
};
struct dolerite_archive : dolerite::c_api::Object<dolerite::c_api::Kind::kArchive> {
  std::shared_ptr<dolerite::c_api::OpenArchive> open;
};

namespace dolerite::c_api {

// Frees an object. A library built with DOLERITE_C_DEBUG marks it instead and keeps its front.
template <class T>
void Free(T* object);

// InvalidArgument, with the argument's name, for a null pointer, an object of another kind, and
// with DOLERITE_C_DEBUG for an object that was freed.
template <class T>
absl::Status Check(const T* object, const char* name) {
  if (object == nullptr) return InvalidArgument(name, " is null");
  const Kind is = object->is.load(std::memory_order_relaxed);
  if (is == T::kKind) return absl::OkStatus();
  if (is == Kind::kFreed) return InvalidArgument(name, " was freed");
  return InvalidArgument(name, " is not an object of its type");
}
// For functions that can't fail.
template <class T>
bool IsLive(const T* object) {
  return object != nullptr && object->is.load(std::memory_order_relaxed) == T::kKind;
}
template <class P>
absl::Status CheckPointer(const P* pointer, const char* name) {
  return pointer != nullptr ? absl::OkStatus() : InvalidArgument(name, " is null");
}
// The caller's bytes. Null is allowed if the size is 0.
absl::StatusOr<std::string_view> View(const void* data, size_t size, const char* name);
// The caller's text; "" for null.
inline std::string_view Text(const char* text) { return text == nullptr ? "" : text; }

// Gives the caller the code and the message of a function's end.
dolerite_code Tell(const absl::Status& status, dolerite_error** error) noexcept;

// Runs the body of each function: only a code leaves it, never an exception.
template <class Work>
dolerite_code Run(dolerite_error** error, const Work& work) noexcept {
  try {
    return Tell(WithinMemory(work), error);
  } catch (...) {
    return Tell(absl::Status(absl::StatusCode::kInternal, ""), error);
  }
}

// Gives an object to the caller.
template <class T>
absl::Status Give(std::unique_ptr<T> object, T** out) {
  *out = object.release();
  return absl::OkStatus();
}
absl::Status GiveBytes(std::string bytes, dolerite_bytes** out);

// The call that the caller gave, or one without bounds for null.
absl::StatusOr<std::shared_ptr<Call>> CallOf(const dolerite_call* call);

// As dolerite_store_open.
absl::StatusOr<std::shared_ptr<ObjectStore>> OpenStore(std::string_view uri,
                                                       std::string_view options);

#define DOLERITE_C_CHECK(object) DOLERITE_RETURN_IF_ERROR(::dolerite::c_api::Check(object, #object))
#define DOLERITE_C_CHECK_POINTER(pointer) \
  DOLERITE_RETURN_IF_ERROR(::dolerite::c_api::CheckPointer(pointer, #pointer))

}  // namespace dolerite::c_api

#endif  // DOLERITE_C_API_OBJECTS_H_
