// Lists of objects.
#ifndef DOLERITE_S3_LISTING_H_
#define DOLERITE_S3_LISTING_H_

#include <string_view>

#include "absl/status/statusor.h"
#include "dolerite/object_store.h"
#include "s3/client.h"

namespace dolerite::s3 {

// ObjectStore::List below `store_prefix`, which the keys of the page do not show. Keys ascend from
// page to page: a server that gives them otherwise, or gives a page again, is Unavailable. Objects
// whose names are no keys belong to others and are passed over.
absl::StatusOr<ListPage> ListObjects(Client* client, std::string_view store_prefix,
                                     std::string_view prefix, const ListOptions& list,
                                     const CallContext& context);

}  // namespace dolerite::s3

#endif  // DOLERITE_S3_LISTING_H_
