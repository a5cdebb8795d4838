// Which handler answers which path.
#ifndef DOLERITE_EXAMPLES_HOST_ROUTER_H_
#define DOLERITE_EXAMPLES_HOST_ROUTER_H_

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "dolerite/call_context.h"
#include "http_message.h"
#include "tenant.h"

namespace dolerite::host {

// Is called once, now or later, from any thread.
using Reply = std::function<void(Response)>;

// Answers a request on a worker thread, which may block. The request lives until the handler
// returns, the tenant until it has replied. `call` ends when the client leaves or the time limit
// passes.
using Handler =
    std::function<void(const Request& request, Tenant& tenant, const CallContext& call, Reply)>;
// For handlers that return their answer.
using Answerer =
    std::function<Response(const Request& request, Tenant& tenant, const CallContext& call)>;

// Reports how the host is. Runs on a thread that no push and no query shares, so it must not wait.
using Reporter = std::function<Response()>;

// Each kind has threads of its own, so that long queries hold up no push and no report.
struct Route {
  enum class Kind { kPush, kQuery, kReport };

  std::string path;  // as it was added
  Kind kind = Kind::kQuery;
  Handler handler;    // of a push or a query
  Reporter reporter;  // of a report: it needs no tenant
};

// Filled at the start; afterwards safe from many threads.
class Router {
 public:
  // `path` is taken as it is, or, if it ends with `/*`, means all paths of its folder.
  void AddPush(const std::string& method, const std::string& path, Handler handler);
  void AddAnswerer(const std::string& method, const std::string& path, Answerer answerer);
  void AddReport(const std::string& path, Reporter reporter);

  // Null if there is no handler; then *status is 404 for an unknown path, or 405.
  const Route* Find(const std::string& method, const std::string& path, int* status) const;

 private:
  std::map<std::string, std::map<std::string, Route>> routes_;  // by path, then by method
};

}  // namespace dolerite::host

#endif  // DOLERITE_EXAMPLES_HOST_ROUTER_H_
