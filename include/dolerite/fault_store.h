// A store that goes wrong on demand, for tests of hosts.
#ifndef DOLERITE_FAULT_STORE_H_
#define DOLERITE_FAULT_STORE_H_

#include <cstdint>
#include <memory>

#include "absl/status/status.h"
#include "dolerite/export.h"
#include "dolerite/object_store.h"

namespace dolerite {

// One fault: what goes wrong, and in which call.
struct Fault {
  enum class Kind {
    kFailBefore,  // fails and does nothing
    kFailAfter,   // does what was asked, then fails
    kSkip,        // a change returns OK and does nothing
    kLandLater,   // a change fails, and takes place `delay` calls later
    kTwice,       // a change takes place twice; the second answer is returned
    kShortRead,   // a read lacks its last byte
    kFlipBit,     // bit number `bit` (modulo the size) of the bytes read is inverted
  };
  Kind kind = Kind::kFailBefore;
  uint64_t call = 1;    // the number of the call, counted from Arm on
  bool sticky = false;  // true: all later calls go wrong too
  absl::StatusCode code = absl::StatusCode::kUnavailable;
  uint64_t bit = 0;
  uint64_t delay = 1;  // 1: just before the next call
};

// Passes every call on, but for the one that is to go wrong. Every request of a ReadMany is a call
// of its own, as are the start, each piece and the end of an upload. Changes are Put, Delete, and
// the end of an upload; of an upload's other calls only the first three kinds apply.
class DOLERITE_EXPORT FaultStore : public ObjectStore {
 public:
  // Safe from many threads, during other calls too. Arm replaces the fault before; it and Heal
  // count calls from 1 again.
  virtual void Arm(const Fault& fault) = 0;
  virtual void Heal() = 0;
  virtual uint64_t calls() const = 0;  // since Arm or Heal

  // Makes all changes take place that are still to land.
  virtual void Land() = 0;
};

// `inner` must outlive the store. Changes that have not landed when the store ends never will.
DOLERITE_EXPORT std::unique_ptr<FaultStore> MakeFaultStore(ObjectStore* inner);

}  // namespace dolerite

#endif  // DOLERITE_FAULT_STORE_H_
