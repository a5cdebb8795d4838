#include "router.h"

namespace dolerite::host {

void Router::AddPush(const std::string& method, const std::string& path, Handler handler) {
  routes_[path][method] = {path, Route::Kind::kPush, std::move(handler), nullptr};
}

void Router::AddAnswerer(const std::string& method, const std::string& path, Answerer answerer) {
  Handler handler = [answerer = std::move(answerer)](const Request& request, Tenant& tenant,
                                                     const CallContext& call, const Reply& reply) {
    reply(answerer(request, tenant, call));
  };
  routes_[path][method] = {path, Route::Kind::kQuery, std::move(handler), nullptr};
}

void Router::AddReport(const std::string& path, Reporter reporter) {
  routes_[path]["GET"] = {path, Route::Kind::kReport, nullptr, std::move(reporter)};
}

const Route* Router::Find(const std::string& method, const std::string& path, int* status) const {
  auto at = routes_.find(path);
  if (at == routes_.end()) at = routes_.find(path.substr(0, path.rfind('/') + 1) + "*");
  *status = at == routes_.end() ? 404 : 405;
  if (at == routes_.end()) return nullptr;
  const auto route = at->second.find(method);
  return route == at->second.end() ? nullptr : &route->second;
}

}  // namespace dolerite::host
