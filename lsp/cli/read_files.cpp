#include "lsp/cli/read_files.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <system_error>
#include <thread>
#include <utility>

namespace lsp::cli {
namespace {

ReadFile read_one(const workspace::FileSystem& files, const std::string& path) {
  try {
    workspace::Result<std::string> text = files.read(path, kMaxFileBytes);
    if (!text) return {.text = nullptr, .facts = nullptr, .error = text.error()};
    return read_text(std::move(*text));
  } catch (const std::exception& failure) {  // out of memory
    return {.text = nullptr, .facts = nullptr, .error = workspace::Error{path + ": " + failure.what()}};
  }
}

class Pool {
 public:
  Pool(const workspace::FileSystem& files, const std::vector<std::string>& paths)
      : files_(files), paths_(paths), results_(paths.size()) {}

  std::vector<ReadFile> run(unsigned jobs, Progress& progress) {
    const std::size_t helpers =
        std::min<std::size_t>(std::max(jobs, 1U), std::max<std::size_t>(paths_.size(), 1)) - 1;
    std::vector<std::jthread> threads;
    try {
      for (std::size_t i = 0; i < helpers; ++i) threads.emplace_back([this] { work(nullptr); });
    } catch (const std::system_error&) {
      // Fewer threads than wished for do as well.
    }
    work(&progress);
    threads.clear();  // joins
    return std::move(results_);
  }

 private:
  // Takes the next file until none is left. Each result is written by one thread only.
  void work(Progress* progress) {
    for (std::size_t i = next_++; i < paths_.size(); i = next_++) {
      results_[i] = read_one(files_, paths_[i]);
      ++done_;
      if (progress != nullptr) progress->update("reading", done_, paths_.size());
    }
  }

  const workspace::FileSystem& files_;
  const std::vector<std::string>& paths_;
  std::vector<ReadFile> results_;
  std::atomic<std::size_t> next_{0};
  std::atomic<std::size_t> done_{0};
};

}  // namespace

ReadFile read_text(std::string text) {
  ReadFile read;
  read.facts = workspace::read_facts(text);
  read.text = std::make_shared<const std::string>(std::move(text));
  return read;
}

std::vector<ReadFile> read_files(const workspace::FileSystem& files, const std::vector<std::string>& paths,
                                 unsigned jobs, Progress& progress) {
  return Pool(files, paths).run(jobs, progress);
}

}  // namespace lsp::cli
