#include "router.h"

namespace dolerite::host {

void Router::Add(const std::string& method, const std::string& path, Handler handler) {
  handlers_[path][method] = std::move(handler);
}

void Router::AddAnswerer(const std::string& method, const std::string& path, Answerer answerer) {
  Add(method, path,
      [answerer = std::move(answerer)](const Request& request, Tenant& tenant,
                                       const CallContext& call, const Reply& reply) {
        reply(answerer(request, tenant, call));
      });
}

const Handler* Router::Find(const std::string& method, const std::string& path, int* status) const {
  auto at = handlers_.find(path);
  if (at == handlers_.end()) at = handlers_.find(path.substr(0, path.rfind('/') + 1) + "*");
  *status = at == handlers_.end() ? 404 : 405;
  if (at == handlers_.end()) return nullptr;
  const auto handler = at->second.find(method);
  return handler == at->second.end() ? nullptr : &handler->second;
}

}  // namespace dolerite::host
