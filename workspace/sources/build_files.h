// Internal to kustomize.h: the files that builds read, and which of them each build looked at.
//
// Files are told apart by a number, from which on nothing has to be looked up by path. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "workspace/sources/kustomize_evaluation.h"

namespace workspace::kustomize {

struct LookedList;

// What a build asked of a file or folder, and what it was told; or all that a target below it asked.
struct Looked {
  std::uint32_t file = kNoFile;
  bool folder = false;  // whether it was asked for as a folder
  bool is_folder = false;
  SharedSourceText text;              // null: no file
  std::shared_ptr<LookedList> below;  // null: a file or folder

  [[nodiscard]] bool asks_alike(const Looked& other) const;
};

// What a target looked at, for it and for those that include it.
struct LookedList {
  std::vector<Looked> all;      // each question once, in order
  std::uint64_t questions = 0;  // a list of the same number asks the same
  SharedPaths paths;            // of all, where somebody asked; null: not yet
  std::size_t checked = 0;      // in which state of the files
  bool is_current = false;      // then
};

class BuildFiles final : public FileTexts {
 public:
  // Files of more than `max_size` bytes are as good as absent. `reader` must outlive this.
  BuildFiles(SourceReader& reader, std::uint32_t max_size) : reader_(reader), max_size_(max_size) {}

  // Asks the reader again from now on, unless it says that nothing has changed.
  void begin();
  // Another number after each begin() since which something may have changed.
  [[nodiscard]] std::size_t state() const { return state_; }

  // As they are now, noted in the list that is being kept.
  SharedSourceText read(const std::string& path);
  bool is_folder(const std::string& path);
  [[nodiscard]] bool is_current(const Looked& looked);
  // Whether all of a list is; looks once in each state.
  [[nodiscard]] bool is_current(LookedList& list);

  // Begins to keep another list of what is looked at; the one before is gone on with when this one ends.
  void keep(std::vector<Looked>& looked) { lists_.push_back(&looked); }
  void end_list() { lists_.pop_back(); }
  void end_lists() { lists_.clear(); }
  [[nodiscard]] bool keeps_lists() const { return !lists_.empty(); }
  void note(const std::vector<Looked>& looked);
  void note(std::shared_ptr<LookedList> list);
  // The list of what a target has looked at now. `before`: what it looked at when it was last evaluated;
  // null: it was not.
  std::shared_ptr<LookedList> list_of(std::vector<Looked> looked, const LookedList* before);
  // Of all that a list holds; sorted, each once.
  const SharedPaths& paths_of(LookedList& list) const;

  // The number of a file, whose places refer to this text from now on.
  std::uint32_t number_of(const std::string& path, const SharedSourceText& text);
  [[nodiscard]] bool has_text(std::uint32_t file) const {
    return file < files_.size() && files_[file].text != nullptr;
  }
  [[nodiscard]] const SharedSourceText& shared_text(std::uint32_t file) const { return files_[file].text; }
  [[nodiscard]] std::string_view text(std::uint32_t file) const override {
    return has_text(file) ? std::string_view(*files_[file].text) : std::string_view();
  }
  // Empty for what is no file.
  [[nodiscard]] const std::string& path(std::uint32_t file) const;

 private:
  struct File {
    std::string path;
    SharedSourceText text;     // that places refer to
    SharedSourceText current;  // in the state `read_in`
    std::size_t read_in = 0;
    std::size_t asked_in = 0;  // whether it is a folder
    bool is_folder = false;
  };

  std::uint32_t number_of(const std::string& path);
  const SharedSourceText& current_text(std::uint32_t file);
  bool is_folder_now(std::uint32_t file);

  SourceReader& reader_;
  std::uint32_t max_size_;
  std::size_t state_ = 0;
  std::optional<std::uint64_t> version_;  // the reader's
  std::vector<File> files_;
  std::unordered_map<std::string, std::uint32_t> numbers_;
  std::vector<std::vector<Looked>*> lists_;
  std::uint64_t last_questions_ = 0;
};

}  // namespace workspace::kustomize
