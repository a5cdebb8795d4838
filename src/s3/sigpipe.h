// A signal that a library must not leave to its host.
#ifndef DOLERITE_S3_SIGPIPE_H_
#define DOLERITE_S3_SIGPIPE_H_

#include <csignal>
#include <ctime>

namespace dolerite::s3 {

// libcurl may not change signals of the process (CURLOPT_NOSIGNAL), and by its manual a write to a
// connection that has gone may then, in rare cases, raise SIGPIPE, which ends the process. While a
// BlockSigpipe lives, this thread does not get the signal; one that came meanwhile is dropped.
class BlockSigpipe {
 public:
  BlockSigpipe() {
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    sigset_t pending;
    sigemptyset(&pending);
    sigpending(&pending);
    was_pending_ = sigismember(&pending, SIGPIPE) == 1;
    pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  BlockSigpipe(const BlockSigpipe&) = delete;
  BlockSigpipe& operator=(const BlockSigpipe&) = delete;
  ~BlockSigpipe() {
    constexpr timespec kNoWait{};
    if (!was_pending_) sigtimedwait(&pipe_, nullptr, &kNoWait);
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

 private:
  sigset_t pipe_, before_;
  bool was_pending_;
};

}  // namespace dolerite::s3

#endif  // DOLERITE_S3_SIGPIPE_H_
