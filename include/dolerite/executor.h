// Threads of the host, for a library that has none.
#ifndef DOLERITE_EXECUTOR_H_
#define DOLERITE_EXECUTOR_H_

#include <cstddef>
#include <functional>

#include "dolerite/export.h"

namespace dolerite {

// Runs tasks side by side. The host implements it, over threads that it has anyway.
class DOLERITE_EXPORT Executor {
 public:
  virtual ~Executor() = default;

  // How many tasks run at once. More than one thread may ask.
  virtual size_t width() const = 0;
  // Runs task(0) .. task(tasks - 1), each once, in any order and on any threads, the caller's
  // among them; returns when all have returned. Tasks do not throw.
  virtual void Run(size_t tasks, const std::function<void(size_t)>& task) = 0;
};

}  // namespace dolerite

#endif  // DOLERITE_EXECUTOR_H_
