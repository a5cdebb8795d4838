// What all functions share: giving objects and errors to the caller and taking them back. Readers
// of an object (its bytes, its code) can't fail: they give an empty value for null and for other
// objects.
#include "c_api/objects.h"

#include <mutex>

namespace dolerite::c_api {

namespace {

#ifdef DOLERITE_C_DEBUG
// Fronts of freed objects are kept for ever, so that a late use finds them.
struct Fronts {
  std::mutex mutex;
  std::vector<std::unique_ptr<std::byte[]>> kept;
};
Fronts& AllFronts() {
  static Fronts* const fronts = new Fronts();
  return *fronts;
}
#endif

}  // namespace

// A second free of one object finds a front that says so.
template <class T>
void Free(T* object) {
  if (!IsLive(object)) return;
#ifdef DOLERITE_C_DEBUG
  // The destructor frees what the object holds; its front stays, with the mark.
  object->~T();
  new (object) std::atomic<Kind>(Kind::kFreed);
  const std::lock_guard<std::mutex> lock(AllFronts().mutex);
  AllFronts().kept.emplace_back(reinterpret_cast<std::byte*>(object));
#else
  object->is.store(Kind::kFreed, std::memory_order_relaxed);
  delete object;
#endif
}

template void Free(dolerite_error*);
template void Free(dolerite_bytes*);
template void Free(dolerite_call*);
template void Free(dolerite_store*);
template void Free(dolerite_source*);
template void Free(dolerite_answer*);
template void Free(dolerite_samples*);
template void Free(dolerite_plan*);
template void Free(dolerite_builder*);
template void Free(dolerite_archive*);

absl::StatusOr<std::string_view> View(const void* data, size_t size, const char* name) {
  if (data == nullptr && size > 0) return InvalidArgument(name, " is null, but not of size 0");
  return std::string_view(static_cast<const char*>(data), size);
}

// Codes of the interface are those of Abseil. The caller may want no message.
dolerite_code Tell(const absl::Status& status, dolerite_error** error) noexcept {
  const auto code = static_cast<dolerite_code>(status.raw_code());
  if (status.ok() || error == nullptr) return code;
  try {
    auto told = std::make_unique<dolerite_error>();
    told->code = code;
    told->message = std::string(ToStd(status.message()));
    *error = told.release();
  } catch (...) {
    *error = nullptr;  // the code says enough
  }
  return code;
}

absl::Status GiveBytes(std::string bytes, dolerite_bytes** out) {
  auto object = std::make_unique<dolerite_bytes>();
  object->bytes = std::move(bytes);
  return Give(std::move(object), out);
}

// Shared, as contexts may outlive the caller's object.
absl::StatusOr<std::shared_ptr<Call>> CallOf(const dolerite_call* call) {
  if (call == nullptr) return std::make_shared<Call>();
  DOLERITE_C_CHECK(call);
  return call->call;
}

}  // namespace dolerite::c_api

using namespace dolerite;
using namespace dolerite::c_api;

extern "C" {

const char* dolerite_version(void) { return DOLERITE_C_VERSION; }

const char* dolerite_code_name(dolerite_code code) {
  // In the order of the numbers of dolerite_code.
  static constexpr const char* kNames[] = {"OK",
                                           "CANCELLED",
                                           "UNKNOWN",
                                           "INVALID_ARGUMENT",
                                           "DEADLINE_EXCEEDED",
                                           "NOT_FOUND",
                                           "ALREADY_EXISTS",
                                           "PERMISSION_DENIED",
                                           "RESOURCE_EXHAUSTED",
                                           "FAILED_PRECONDITION",
                                           "ABORTED",
                                           "OUT_OF_RANGE",
                                           "UNIMPLEMENTED",
                                           "INTERNAL",
                                           "UNAVAILABLE",
                                           "DATA_LOSS",
                                           "UNAUTHENTICATED"};
  const auto number = static_cast<unsigned>(code);
  return number < std::size(kNames) ? kNames[number] : "UNKNOWN";
}

dolerite_code dolerite_error_code(const dolerite_error* error) {
  return IsLive(error) ? error->code : DOLERITE_OK;
}
const char* dolerite_error_message(const dolerite_error* error) {
  return IsLive(error) ? error->message.c_str() : "";
}
void dolerite_error_free(dolerite_error* error) { Free(error); }

const char* dolerite_bytes_data(const dolerite_bytes* bytes) {
  return IsLive(bytes) ? bytes->bytes.c_str() : "";
}
size_t dolerite_bytes_size(const dolerite_bytes* bytes) {
  return IsLive(bytes) ? bytes->bytes.size() : 0;
}
void dolerite_bytes_free(dolerite_bytes* bytes) { Free(bytes); }

dolerite_code dolerite_call_new(dolerite_call** out, dolerite_error** error) {
  return Run(error, [&]() -> absl::Status {
    DOLERITE_C_CHECK_POINTER(out);
    return Give(std::make_unique<dolerite_call>(), out);
  });
}
void dolerite_call_cancel(dolerite_call* call) {
  if (IsLive(call)) call->call->Cancel();
}
dolerite_code dolerite_call_set_timeout(dolerite_call* call, int64_t nanos,
                                        dolerite_error** error) {
  return Run(error, [&]() -> absl::Status {
    DOLERITE_C_CHECK(call);
    return call->call->SetTimeout(nanos);
  });
}
dolerite_code dolerite_call_set_limits(dolerite_call* call, uint64_t memory_bytes, uint32_t threads,
                                       int skip_damaged, dolerite_error** error) {
  return Run(error, [&]() -> absl::Status {
    DOLERITE_C_CHECK(call);
    return call->call->SetLimits(memory_bytes, threads, skip_damaged != 0);
  });
}
void dolerite_call_free(dolerite_call* call) { Free(call); }

}  // extern "C"
