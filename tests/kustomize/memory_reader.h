// Sources in memory for Kustomizer.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "workspace/sources/kustomize.h"

namespace tests {

class MemoryReader final : public workspace::SourceReader {
 public:
  void add(const std::string& path, std::string text) {
    texts_[path] = std::make_shared<const std::string>(std::move(text));
    ++version_;
  }
  void remove(const std::string& path) { version_ += texts_.erase(path); }
  [[nodiscard]] const std::map<std::string, workspace::SharedSourceText>& texts() const { return texts_; }

  workspace::SharedSourceText read(const std::string& path) override {
    const auto found = texts_.find(path);
    return found == texts_.end() ? nullptr : found->second;
  }
  bool is_folder(const std::string& path) override {
    const std::string prefix = path.ends_with('/') ? path : path + '/';
    const auto below = texts_.lower_bound(prefix);
    return below != texts_.end() && below->first.starts_with(prefix);
  }
  [[nodiscard]] std::optional<std::uint64_t> version() const override { return version_; }

 private:
  std::uint64_t version_ = 0;
  std::map<std::string, workspace::SharedSourceText> texts_;
};

}  // namespace tests
