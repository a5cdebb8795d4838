// One unfinished file, removed when a signal ends the process.
#ifndef DOLERITE_EXAMPLES_REMOVE_ON_SIGNAL_H_
#define DOLERITE_EXAMPLES_REMOVE_ON_SIGNAL_H_

#include <csignal>

namespace dolerite::cli {

// Keeps SIGINT, SIGTERM and SIGHUP waiting while it lives.
class SignalsHeld {
 public:
  SignalsHeld();
  ~SignalsHeld();
  SignalsHeld(const SignalsHeld&) = delete;
  SignalsHeld& operator=(const SignalsHeld&) = delete;

 private:
  sigset_t before_;
};

// From now on those signals first remove the file at `path`, then end the process as they would
// without this. The text must live until the next call; null: no file. Call it while SignalsHeld
// lives. Signals that the process was started to ignore (nohup) stay ignored.
void RemoveOnSignal(const char* path);

}  // namespace dolerite::cli

#endif  // DOLERITE_EXAMPLES_REMOVE_ON_SIGNAL_H_
