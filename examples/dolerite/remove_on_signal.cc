// Only what is safe inside a signal handler: one pointer, unlink and raise.
#include "remove_on_signal.h"

#include <unistd.h>

#include <atomic>

namespace dolerite::cli {
namespace {

constexpr int kSignals[] = {SIGINT, SIGTERM, SIGHUP};

// Points into a NewFile's string, and is taken back before the string goes.
std::atomic<const char*> unfinished = nullptr;

// SA_RESETHAND has put the default action back, so the signal, raised again, ends the process with
// the status that the shell expects.
void RemoveAndEnd(int signal) {
  if (const char* path = unfinished) unlink(path);
  raise(signal);
}

}  // namespace

// Blocks the signals for this thread; they come when the object goes.
SignalsHeld::SignalsHeld() {
  sigset_t ours;
  sigemptyset(&ours);
  for (int signal : kSignals) sigaddset(&ours, signal);
  pthread_sigmask(SIG_BLOCK, &ours, &before_);
}

SignalsHeld::~SignalsHeld() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

// One file at a time: the tool never writes two.
void RemoveOnSignal(const char* path) {
  // While signals are held, so that handler and pointer agree.
  unfinished = path;
  for (int signal : kSignals) {
    struct sigaction action = {}, old = {};
    // A signal that is ignored stays so, as under nohup.
    if (sigaction(signal, nullptr, &old) != 0 || old.sa_handler == SIG_IGN) continue;
    action.sa_handler = path == nullptr ? SIG_DFL : RemoveAndEnd;
    action.sa_flags = static_cast<int>(SA_RESETHAND);
    sigaction(signal, &action, nullptr);
  }
}

}  // namespace dolerite::cli
