// A store whose calls are functions of the caller's. What they reply is trusted in no way: the
// public calls of ObjectStore check sizes, keys and versions of what a store returns.
#include "c_api/callback_store.h"

#include <optional>

#include "c_api/objects.h"

// What a callback says, while it runs.
struct dolerite_reply : dolerite::c_api::Object<dolerite::c_api::Kind::kReply> {
  std::optional<std::string> data;
  std::vector<dolerite::ObjectInfo> objects;
  std::string page, message;
  bool out_of_memory = false;
};

namespace dolerite::c_api {

namespace {

// The caller's error as a status; an unknown code becomes Unknown.
absl::Status StatusOf(dolerite_code code, const dolerite_reply& reply, const char* what) {
  if (reply.out_of_memory) return OutOfMemory();
  if (code == DOLERITE_OK) return absl::OkStatus();
  const bool known = code > DOLERITE_OK && code <= DOLERITE_UNAUTHENTICATED;
  const auto status_code =
      known ? static_cast<absl::StatusCode>(static_cast<int>(code)) : absl::StatusCode::kUnknown;
  const std::string message = reply.message.empty()
                                  ? Concat(what, ": the caller's store returned code ", int{code})
                                  : reply.message;
  return absl::Status(status_code, ToAbsl(message));
}

absl::Status Lacks(const char* what, const char* part) {
  return Internal(what, ": the caller's store replied no ", part);
}

class CallbackStore : public ObjectStore {
 public:
  explicit CallbackStore(const dolerite_store_callbacks& calls) : calls_(calls) {}
  ~CallbackStore() override {
    if (calls_.free_context != nullptr) calls_.free_context(calls_.context);
  }

  // A millisecond, as a store in the same network takes.
  StoreTraits traits() const override {
    StoreTraits traits;
    traits.first_byte_micros = 1000;
    return traits;
  }

 protected:
  // The reply has the bytes and the object's size and version; where the bytes lie follows from
  // them.
  absl::StatusOr<ReadResult> DoRead(std::string_view key, const ByteRange& range,
                                    const CallOptions& options) const override {
    dolerite_reply reply;
    const dolerite_code code =
        calls_.read(calls_.context, std::string(key).c_str(), range.from_end ? 0 : range.offset,
                    range.length, range.from_end, options.version.c_str(), &reply);
    DOLERITE_RETURN_IF_ERROR(StatusOf(code, reply, "read"));
    if (!reply.data) return Lacks("read", "data");
    if (reply.objects.empty()) return Lacks("read", "object");
    const ObjectInfo& object = reply.objects.back();
    ReadResult result;
    result.slice = Slice::Own(*std::move(reply.data));
    result.object_size = object.size;
    result.version = object.version;
    const uint64_t size = result.slice.bytes.size();
    result.offset = range.offset;
    if (range.from_end) result.offset = object.size - std::min(size, object.size);
    return result;
  }

  absl::StatusOr<std::string> DoPut(std::string_view key, std::string_view bytes,
                                    const PutOptions& put, const CallOptions&) override {
    dolerite_reply reply;
    const dolerite_code code =
        calls_.put(calls_.context, std::string(key).c_str(), bytes.data(), bytes.size(),
                   static_cast<int>(put.mode), put.version.c_str(), &reply);
    DOLERITE_RETURN_IF_ERROR(StatusOf(code, reply, "put"));
    if (reply.objects.empty()) return Lacks("put", "object");
    return reply.objects.back().version;
  }

  absl::StatusOr<ObjectInfo> DoHead(std::string_view key, const CallOptions&) const override {
    dolerite_reply reply;
    const dolerite_code code = calls_.head(calls_.context, std::string(key).c_str(), &reply);
    DOLERITE_RETURN_IF_ERROR(StatusOf(code, reply, "head"));
    if (reply.objects.empty()) return Lacks("head", "object");
    return std::move(reply.objects.back());
  }

  absl::StatusOr<ListPage> DoList(std::string_view prefix, const ListOptions& list,
                                  const CallOptions&) const override {
    dolerite_reply reply;
    const dolerite_code code =
        calls_.list(calls_.context, std::string(prefix).c_str(), list.start_after.c_str(),
                    list.page_token.c_str(), list.limit, &reply);
    DOLERITE_RETURN_IF_ERROR(StatusOf(code, reply, "list"));
    return ListPage{std::move(reply.objects), std::move(reply.page)};
  }

  absl::Status DoDelete(std::string_view key, const CallOptions&) override {
    dolerite_reply reply;
    const dolerite_code code = calls_.remove(calls_.context, std::string(key).c_str(), &reply);
    return StatusOf(code, reply, "remove");
  }

 private:
  const dolerite_store_callbacks calls_;
};

}  // namespace

// Members that the caller's header has and this library does not know are an error: they may mean
// something.
absl::StatusOr<std::shared_ptr<ObjectStore>> MakeCallbackStore(
    const dolerite_store_callbacks& callbacks) {
  if (callbacks.size != sizeof(callbacks)) {
    return InvalidArgument("callbacks.size is ", callbacks.size, ", not ", sizeof(callbacks),
                           " as in this version");
  }
  if (!callbacks.read || !callbacks.put || !callbacks.head || !callbacks.list ||
      !callbacks.remove) {
    return InvalidArgument("callbacks: a function is null");
  }
  return std::make_shared<CallbackStore>(callbacks);
}

namespace {

// Copies fail for want of memory only, which the call tells when the callback has returned.
template <class Work>
void Note(dolerite_reply* reply, const Work& work) noexcept {
  if (!IsLive(reply)) return;
  try {
    work();
  } catch (...) {
    reply->out_of_memory = true;
  }
}

}  // namespace
}  // namespace dolerite::c_api

using dolerite::c_api::Note;
using dolerite::c_api::Text;

extern "C" {

void dolerite_reply_data(dolerite_reply* reply, const void* data, size_t size) {
  Note(reply, [&] {
    reply->data.emplace(static_cast<const char*>(data == nullptr ? "" : data),
                        data == nullptr ? 0 : size);
  });
}
void dolerite_reply_object(dolerite_reply* reply, const char* key, uint64_t size,
                           const char* version) {
  Note(reply, [&] {
    reply->objects.push_back({std::string(Text(key)), size, std::string(Text(version))});
  });
}
void dolerite_reply_page(dolerite_reply* reply, const char* next_page) {
  Note(reply, [&] { reply->page = std::string(Text(next_page)); });
}
void dolerite_reply_message(dolerite_reply* reply, const char* message) {
  Note(reply, [&] { reply->message = std::string(Text(message)); });
}

}  // extern "C"
