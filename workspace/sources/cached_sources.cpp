#include "workspace/sources/cached_sources.h"

#include <utility>

namespace workspace {

SharedSourceText CachedSources::read(const std::string& path) {
  if (const auto at = over_.find(path); at != over_.end()) return at->second;
  if (const auto at = buffers_.find(path); at != buffers_.end()) return at->second;
  if (const auto at = texts_.find(path); at != texts_.end()) return at->second;
  Result<std::string> text = files_.read(path, max_bytes_);
  auto shared = text ? std::make_shared<const std::string>(*std::move(text)) : nullptr;
  return texts_.emplace(path, std::move(shared)).first->second;
}

bool CachedSources::is_folder(const std::string& path) {
  const auto [at, is_new] = folders_.try_emplace(path, false);
  if (is_new) at->second = files_.status(path).type == FileType::Directory;
  return at->second;
}

void CachedSources::set_buffer(const std::string& path, SharedSourceText text) {
  ++version_;
  if (text == nullptr) {
    buffers_.erase(path);
    texts_.erase(path);
  } else {
    buffers_[path] = std::move(text);
  }
}

void CachedSources::forget(const std::string& path) {
  ++version_;
  texts_.erase(path);
  folders_.erase(path);
}

bool CachedSources::forget_missing_folder(const std::string& path) {
  const auto at = folders_.find(path);
  if (at == folders_.end() || at->second) return false;
  ++version_;
  folders_.erase(at);
  return true;
}

void CachedSources::put_over(const std::string& path, std::string text) {
  SharedSourceText& held = over_[path];
  if (held != nullptr && *held == text) return;
  ++version_;
  held = std::make_shared<const std::string>(std::move(text));
}

}  // namespace workspace
