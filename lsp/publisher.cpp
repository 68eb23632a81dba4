#include "lsp/publisher.h"

#include <algorithm>
#include <functional>

namespace lsp {
namespace {

constexpr const char* kEmpty = "[]";

std::string printed(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

}  // namespace

void Publisher::show(const std::string& path, const std::string& uri, std::optional<std::int64_t> version,
                     const Json& diagnostics, bool always) {
  const bool empty = diagnostics.empty();
  const std::string text = empty ? kEmpty : printed(diagnostics);
  const std::size_t hash = std::hash<std::string>{}(text);
  const auto before = shown_.find(path);
  if (before != shown_.end() && before->second.uri != uri)
    clear(path);  // the client spells it in another way now
  const auto now = shown_.find(path);
  const bool same = now == shown_.end() ? empty : now->second.hash == hash;
  if (same && !always) return;
  if (empty) {
    shown_.erase(path);
  } else {
    shown_[path] = {uri, hash};
  }
  send(uri, version, text);
}

void Publisher::clear(const std::string& path) {
  const auto found = shown_.find(path);
  if (found == shown_.end()) return;
  send(found->second.uri, std::nullopt, kEmpty);
  shown_.erase(found);
}

std::vector<std::string> Publisher::shown() const {
  std::vector<std::string> paths;
  paths.reserve(shown_.size());
  for (const auto& [path, shown] : shown_) paths.push_back(path);
  std::sort(paths.begin(), paths.end());
  return paths;
}

void Publisher::send(const std::string& uri, std::optional<std::int64_t> version,
                     const std::string& diagnostics) {
  std::string message = R"({"jsonrpc":"2.0","method":"textDocument/publishDiagnostics","params":{"uri":)";
  message += printed(uri);
  if (version) message += R"(,"version":)" + std::to_string(*version);
  message += R"(,"diagnostics":)" + diagnostics + "}}";
  sink_.send(std::move(message));
}

}  // namespace lsp
