#include "workspace/sources/build_files.h"

#include <algorithm>
#include <tuple>
#include <unordered_set>
#include <utility>

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
  if (!lists_.empty()) lists_.back()->push_back({.file = file, .text = text, .below = nullptr});
  return text;
}

bool BuildFiles::is_folder(const std::string& path) {
  const std::uint32_t file = number_of(path);
  const bool found = is_folder_now(file);
  if (!lists_.empty())
    lists_.back()->push_back(
        {.file = file, .folder = true, .is_folder = found, .text = nullptr, .below = nullptr});
  return found;
}

bool Looked::asks_alike(const Looked& other) const {
  const auto questions = [](const Looked& looked) {
    return looked.below == nullptr ? 0 : looked.below->questions;
  };
  return file == other.file && folder == other.folder && questions(*this) == questions(other);
}

bool BuildFiles::is_current(LookedList& list) {
  if (list.checked != state_) {
    list.is_current = std::all_of(list.all.begin(), list.all.end(),
                                  [this](const Looked& each) { return is_current(each); });
    list.checked = state_;
  }
  return list.is_current;
}

bool BuildFiles::is_current(const Looked& looked) {
  if (looked.below != nullptr) return is_current(*looked.below);
  return looked.folder ? is_folder_now(looked.file) == looked.is_folder
                       : current_text(looked.file) == looked.text;
}

void BuildFiles::note(const std::vector<Looked>& looked) {
  if (!lists_.empty()) lists_.back()->insert(lists_.back()->end(), looked.begin(), looked.end());
}

void BuildFiles::note(std::shared_ptr<LookedList> list) {
  if (!lists_.empty()) lists_.back()->push_back({.text = nullptr, .below = std::move(list)});
}

std::shared_ptr<LookedList> BuildFiles::list_of(std::vector<Looked> looked, const LookedList* before) {
  std::sort(looked.begin(), looked.end(), [](const Looked& a, const Looked& b) {
    return std::tie(a.file, a.folder, a.below) < std::tie(b.file, b.folder, b.below);
  });
  const auto asks_alike = [](const Looked& a, const Looked& b) { return a.asks_alike(b); };
  looked.erase(std::unique(looked.begin(), looked.end(), asks_alike), looked.end());
  const auto list = std::make_shared<LookedList>();
  list->all = std::move(looked);
  list->checked = state_;
  list->is_current = true;
  const bool is_alike = before != nullptr && std::equal(list->all.begin(), list->all.end(),
                                                        before->all.begin(), before->all.end(), asks_alike);
  list->questions = is_alike ? before->questions : ++last_questions_;
  if (is_alike) list->paths = before->paths;
  return list;
}

const SharedPaths& BuildFiles::paths_of(LookedList& list) const {
  if (list.paths != nullptr) return list.paths;
  std::vector<std::string> paths;
  std::unordered_set<const LookedList*> visited;
  const auto add = [&](const auto& again, const LookedList& each) -> void {
    if (!visited.insert(&each).second) return;
    for (const Looked& looked : each.all) {
      if (looked.below != nullptr) {
        again(again, *looked.below);
      } else {
        paths.push_back(path(looked.file));
      }
    }
  };
  add(add, list);
  std::sort(paths.begin(), paths.end());
  paths.erase(std::unique(paths.begin(), paths.end()), paths.end());
  list.paths = share(std::move(paths));
  return list.paths;
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

}  // namespace workspace::kustomize
