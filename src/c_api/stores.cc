// Stores by URI, and calls on them. Every function has the shape of all functions of the interface:
// inside Run it checks its pointers, turns C arguments into those of the library, calls it, and
// gives the result away. `out` is written only if all went well.
#include <algorithm>

#include "ask/json_values.h"
#include "base/utf8.h"
#include "c_api/callback_store.h"
#include "c_api/objects.h"
#include "dolerite/stores.h"
#ifdef DOLERITE_C_HAS_S3
#include "dolerite/s3.h"
#endif

namespace dolerite::c_api {

namespace {

constexpr std::string_view kS3 = "s3://", kFile = "file://", kMemory = "memory:";

struct Settings {
  std::string endpoint, region = "us-east-1", access_key_id, secret_access_key, session_token;
  bool path_style = false;
  bool follow_links = false;  // of a directory
};

// An unknown key is an error: a misspelt one would leave a credential out.
template <class Visitor>
void Members(Visitor& member, Settings& s) {
  member("endpoint", s.endpoint);
  member("region", s.region);
  member("path_style", s.path_style);
  member("access_key_id", s.access_key_id);
  member("secret_access_key", s.secret_access_key);
  member("session_token", s.session_token);
  member("follow_links", s.follow_links);
}

#ifdef DOLERITE_C_HAS_S3
// A store that wraps another one, with both.
struct Wrapped {
  std::unique_ptr<ObjectStore> inner, outer;
};

// `place` is BUCKET or BUCKET/PREFIX. Calls are repeated by a retry store around the S3 store; the
// result owns both and points to the outer one.
absl::StatusOr<std::shared_ptr<ObjectStore>> OpenS3(std::string_view place,
                                                    const Settings& settings) {
  const size_t slash = place.find('/');
  S3Options options;
  options.bucket = std::string(place.substr(0, slash));
  if (slash != std::string_view::npos) options.prefix = std::string(place.substr(slash + 1));
  if (!options.prefix.empty() && !options.prefix.ends_with('/')) options.prefix += '/';
  options.endpoint = settings.endpoint;
  options.region = settings.region;
  options.path_style = settings.path_style;
  // Credentials are as the caller gave them: this library reads no environment and no files of AWS.
  const S3Credentials credentials = {settings.access_key_id, settings.secret_access_key,
                                     settings.session_token};
  options.credentials = [credentials] { return absl::StatusOr<S3Credentials>(credentials); };
  options.unix_seconds = [] { return UnixNanos() / 1'000'000'000; };
  auto wrapped = std::make_shared<Wrapped>();
  DOLERITE_ASSIGN_OR_RETURN(wrapped->inner, MakeS3Store(options));
  wrapped->outer = MakeRetryStore(wrapped->inner.get(), {.wait = &Sleep});
  return std::shared_ptr<ObjectStore>(wrapped, wrapped->outer.get());
}
#else
absl::StatusOr<std::shared_ptr<ObjectStore>> OpenS3(std::string_view, const Settings&) {
  return Unimplemented("this library was built without S3");
}
#endif

}  // namespace

// Options are read whatever the URI is, so that a wrong key is always an error. A text without a
// scheme is a directory.
absl::StatusOr<std::shared_ptr<ObjectStore>> OpenStore(std::string_view uri,
                                                       std::string_view options) {
  DOLERITE_ASSIGN_OR_RETURN(const Settings settings,
                            ask::ReadObjectText<Settings>(options, "options"));
  if (uri.starts_with(kS3)) return OpenS3(uri.substr(kS3.size()), settings);
  const LocalStoreOptions local{.follow_links = settings.follow_links};
  if (uri == kMemory) return std::shared_ptr<ObjectStore>(MakeMemoryStore());
  if (uri.starts_with(kFile)) uri.remove_prefix(kFile.size());
  if (uri.find("://") != std::string_view::npos) {
    return InvalidArgument("\"", uri, "\": not a directory, \"memory:\", file:// or s3://");
  }
  DOLERITE_ASSIGN_OR_RETURN(std::unique_ptr<ObjectStore> store,
                            OpenLocalStore(std::string(uri), local));
  return std::shared_ptr<ObjectStore>(std::move(store));
}

namespace {

absl::StatusOr<std::string> ReadAll(const ObjectStore& store, const char* key,
                                    const CallContext& call) {
  CallOptions options;
  options.context = call;
  const absl::StatusOr<ReadResult> read = store.Read(key, ByteRange::All(), options);
  if (read.ok()) return std::string(read->slice.bytes);
  return read.status();
}

std::string ListJson(const std::vector<ObjectInfo>& objects) {
  std::string out = "[";
  for (const ObjectInfo& object : objects) {
    out += out.size() > 1 ? ",{\"key\":" : "{\"key\":";
    AppendJsonString(&out, object.key);
    out += Concat(",\"size\":", object.size, '}');
  }
  out += ']';
  return out;
}

}  // namespace
}  // namespace dolerite::c_api

using namespace dolerite;
using namespace dolerite::c_api;

extern "C" {

dolerite_code dolerite_store_open(const char* uri, const char* options, dolerite_store** out,
                                  dolerite_error** error) {
  return Run(error, [&]() -> absl::Status {
    DOLERITE_C_CHECK_POINTER(uri);
    DOLERITE_C_CHECK_POINTER(out);
    auto object = std::make_unique<dolerite_store>();
    DOLERITE_ASSIGN_OR_RETURN(object->store, OpenStore(uri, Text(options)));
    return Give(std::move(object), out);
  });
}

dolerite_code dolerite_store_from_callbacks(const dolerite_store_callbacks* callbacks,
                                            dolerite_store** out, dolerite_error** error) {
  return Run(error, [&]() -> absl::Status {
    DOLERITE_C_CHECK_POINTER(callbacks);
    DOLERITE_C_CHECK_POINTER(out);
    auto object = std::make_unique<dolerite_store>();
    DOLERITE_ASSIGN_OR_RETURN(object->store, MakeCallbackStore(*callbacks));
    return Give(std::move(object), out);
  });
}

dolerite_code dolerite_store_put(dolerite_store* store, const char* key, const void* data,
                                 size_t size, int replace, dolerite_call* call,
                                 dolerite_error** error) {
  return Run(error, [&]() -> absl::Status {
    DOLERITE_C_CHECK(store);
    DOLERITE_C_CHECK_POINTER(key);
    DOLERITE_ASSIGN_OR_RETURN(const std::string_view bytes, View(data, size, "data"));
    DOLERITE_ASSIGN_OR_RETURN(const auto of, CallOf(call));
    PutOptions put;
    put.mode = replace != 0 ? PutMode::kReplace : PutMode::kCreate;
    return store->store->Put(key, bytes, put, {Call::ContextOf(of), ""}).status();
  });
}

dolerite_code dolerite_store_get(dolerite_store* store, const char* key, dolerite_call* call,
                                 dolerite_bytes** out, dolerite_error** error) {
  return Run(error, [&]() -> absl::Status {
    DOLERITE_C_CHECK(store);
    DOLERITE_C_CHECK_POINTER(key);
    DOLERITE_C_CHECK_POINTER(out);
    DOLERITE_ASSIGN_OR_RETURN(const auto of, CallOf(call));
    DOLERITE_ASSIGN_OR_RETURN(std::string bytes, ReadAll(*store->store, key, Call::ContextOf(of)));
    return GiveBytes(std::move(bytes), out);
  });
}

dolerite_code dolerite_store_list(dolerite_store* store, const char* prefix, dolerite_call* call,
                                  dolerite_bytes** out, dolerite_error** error) {
  return Run(error, [&]() -> absl::Status {
    DOLERITE_C_CHECK(store);
    DOLERITE_C_CHECK_POINTER(out);
    DOLERITE_ASSIGN_OR_RETURN(const auto of, CallOf(call));
    DOLERITE_ASSIGN_OR_RETURN(const std::vector<ObjectInfo> objects,
                              store->store->ListAll(Text(prefix), {Call::ContextOf(of), ""}));
    return GiveBytes(ListJson(objects), out);
  });
}

dolerite_code dolerite_store_delete(dolerite_store* store, const char* key, dolerite_call* call,
                                    dolerite_error** error) {
  return Run(error, [&]() -> absl::Status {
    DOLERITE_C_CHECK(store);
    DOLERITE_C_CHECK_POINTER(key);
    DOLERITE_ASSIGN_OR_RETURN(const auto of, CallOf(call));
    return store->store->Delete(key, {Call::ContextOf(of), ""});
  });
}

void dolerite_store_free(dolerite_store* store) { Free(store); }

}  // extern "C"
