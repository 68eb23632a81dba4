// What each document last showed, so that identical diagnostics are not sent again and stale ones always go.
//
// Engine thread. Remembers only what is not empty, by a hash.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "lsp/client.h"

namespace lsp {

class Publisher {
 public:
  explicit Publisher(MessageSink& sink) : sink_(sink) {}

  // `always`: also if the same is shown already (an answer to an edit).
  void show(const std::string& path, const std::string& uri, std::optional<std::int64_t> version,
            const Json& diagnostics, bool always);
  // Clears what `path` shows, if anything.
  void clear(const std::string& path);
  [[nodiscard]] std::vector<std::string> shown() const;  // sorted
  [[nodiscard]] bool shows(const std::string& path) const { return shown_.contains(path); }

 private:
  struct Shown {
    std::string uri;
    std::size_t hash = 0;
  };
  void send(const std::string& uri, std::optional<std::int64_t> version, const std::string& diagnostics);

  MessageSink& sink_;
  std::unordered_map<std::string, Shown> shown_;
};

}  // namespace lsp
