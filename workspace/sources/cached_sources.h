// What kustomizations are built from: open buffers before the disk. One thread.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>

#include "workspace/platform/file_system.h"
#include "workspace/sources/kustomize.h"

namespace workspace {

// Remembers what it read until it is told that a file may have changed. A text is the same object as long as
// it is the same bytes.
class CachedSources final : public SourceReader {
 public:
  // Files of more than `max_bytes` are as good as absent. `files` must outlive it.
  CachedSources(const FileSystem& files, std::uint64_t max_bytes) : files_(files), max_bytes_(max_bytes) {}

  SharedSourceText read(const std::string& path) override;
  bool is_folder(const std::string& path) override;
  [[nodiscard]] std::optional<std::uint64_t> version() const override { return version_; }

  // A file says this whatever the disk says (null: the disk counts again).
  void set_buffer(const std::string& path, SharedSourceText text);
  // A file or folder may be another on the disk.
  void forget(const std::string& path);
  // There is a file below a path. Reports whether that was remembered as no folder; it is asked for again.
  bool forget_missing_folder(const std::string& path);
  // Texts that go before all others until they are taken away: those of a trial, and kustomizations that no
  // file holds.
  void put_over(const std::string& path, std::string text);
  void take_over_away(const std::string& path) { version_ += over_.erase(path); }

 private:
  const FileSystem& files_;
  std::uint64_t max_bytes_;
  std::uint64_t version_ = 0;
  std::map<std::string, SharedSourceText> over_;
  std::unordered_map<std::string, SharedSourceText> buffers_;
  std::unordered_map<std::string, SharedSourceText> texts_;  // of the disk; null: not there
  std::unordered_map<std::string, bool> folders_;
};

}  // namespace workspace
