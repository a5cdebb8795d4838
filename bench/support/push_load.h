// Pushes to a host by gRPC at a steady rate, as agents would.
#ifndef DOLERITE_BENCH_SUPPORT_PUSH_LOAD_H_
#define DOLERITE_BENCH_SUPPORT_PUSH_LOAD_H_

#include <functional>
#include <string>

namespace dolerite::bench {

struct Load {
  int rate = 2000;  // pushes a second
  int pushes = 20'000;
  int connections = 8;
};

struct LoadResult {
  double rate = 0;                       // pushes a second that were answered
  int failed = 0;                        // of them
  double median = 0, p99 = 0, most = 0;  // seconds until the answer
};

// `message(i)` is push i: an OTLP request, as it goes over the wire. A push begins at its time,
// whether or not those before it are answered.
LoadResult PushTo(const std::string& grpc_address, const Load& load,
                  const std::function<std::string(int)>& message);

}  // namespace dolerite::bench

#endif  // DOLERITE_BENCH_SUPPORT_PUSH_LOAD_H_
