#include "workspace/sources/build_files.h"

#include <algorithm>
#include <tuple>

namespace workspace::kustomize {

void BuildFiles::begin() {
  lists_.clear();
  const std::optional<std::uint64_t> version = reader_.version();
  if (version && version == version_) return;
  version_ = version;
  ++state_;
}

SharedSourceText BuildFiles::read(const std::string& path) {
  const std::uint32_t file = number_of(path);
  const SharedSourceText& text = current_text(file);
  if (!lists_.empty()) lists_.back()->push_back({file, false, false, text});
  return text;
}

bool BuildFiles::is_folder(const std::string& path) {
  const std::uint32_t file = number_of(path);
  const bool found = is_folder_now(file);
  if (!lists_.empty()) lists_.back()->push_back({file, true, found, nullptr});
  return found;
}

bool BuildFiles::is_current(const Looked& looked) {
  return looked.folder ? is_folder_now(looked.file) == looked.is_folder
                       : current_text(looked.file) == looked.text;
}

void BuildFiles::note(const std::vector<Looked>& looked) {
  if (!lists_.empty()) lists_.back()->insert(lists_.back()->end(), looked.begin(), looked.end());
}

std::uint32_t BuildFiles::number_of(const std::string& path, const SharedSourceText& text) {
  const std::uint32_t file = number_of(path);
  files_[file].text = text;
  return file;
}

const std::string& BuildFiles::path(std::uint32_t file) const {
  static const std::string kNone;
  return file < files_.size() ? files_[file].path : kNone;
}

std::uint32_t BuildFiles::number_of(const std::string& path) {
  const auto [known, is_new] = numbers_.try_emplace(path, static_cast<std::uint32_t>(files_.size()));
  if (is_new) files_.push_back({.path = path, .text = nullptr, .current = nullptr});
  return known->second;
}

const SharedSourceText& BuildFiles::current_text(std::uint32_t number) {
  File& file = files_[number];
  if (file.read_in != state_) {
    file.current = reader_.read(file.path);
    if (file.current != nullptr && file.current->size() > max_size_) file.current = nullptr;
    file.read_in = state_;
  }
  return file.current;
}

bool BuildFiles::is_folder_now(std::uint32_t number) {
  File& file = files_[number];
  if (file.asked_in != state_) {
    file.is_folder = reader_.is_folder(file.path);
    file.asked_in = state_;
  }
  return file.is_folder;
}

void sort_unique(std::vector<Looked>& looked) {
  std::sort(looked.begin(), looked.end(), [](const Looked& a, const Looked& b) {
    return std::tie(a.file, a.folder) < std::tie(b.file, b.folder);
  });
  looked.erase(std::unique(looked.begin(), looked.end(),
                           [](const Looked& a, const Looked& b) { return a.asks_alike(b); }),
               looked.end());
}

}  // namespace workspace::kustomize
