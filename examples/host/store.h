// Opens the store that a host keeps its tenants in.
#ifndef DOLERITE_EXAMPLES_HOST_STORE_H_
#define DOLERITE_EXAMPLES_HOST_STORE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "dolerite/object_store.h"

namespace dolerite::host {

struct StoreOptions {
  std::string place;        // a directory, or s3://BUCKET/PREFIX
  std::string s3_endpoint;  // "": AWS
  std::string s3_region = "us-east-1";
  bool s3_path_style = false;
};

// A store and the one that it wraps.
struct OpenedStore {
  std::unique_ptr<ObjectStore> service, store;
  // Frees what uploads hold that were started before this time and never finished.
  std::function<absl::Status(int64_t started_before_nanos)> abort_uploads;
};
absl::StatusOr<OpenedStore> OpenStore(const StoreOptions& options);

}  // namespace dolerite::host

#endif  // DOLERITE_EXAMPLES_HOST_STORE_H_
