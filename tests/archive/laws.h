// The laws of an archive, to be tried on any store.
#ifndef DOLERITE_TESTS_ARCHIVE_LAWS_H_
#define DOLERITE_TESTS_ARCHIVE_LAWS_H_

#include <functional>
#include <memory>

#include "dolerite/object_store.h"

namespace dolerite::testing {

// Makes a new, empty store at each call.
using StoreFactory = std::function<std::unique_ptr<ObjectStore>()>;

// Checks all laws with Catch2 assertions. `size`: how many profiles the answers are about.
void CheckArchiveLaws(const StoreFactory& make, size_t size = 40);

}  // namespace dolerite::testing

#endif  // DOLERITE_TESTS_ARCHIVE_LAWS_H_
