#include "lsp/cli/read_files.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <system_error>
#include <thread>
#include <utility>

namespace lsp::cli {
namespace {

class Pool {
 public:
  using Take = std::function<void(const std::string&, ReadFile)>;

  Pool(const workspace::FileSystem& files, const std::vector<std::string>& paths)
      : files_(files), paths_(paths), answers_(paths.size()) {}

  void run(unsigned jobs, Progress& progress, const Take& take) {
    const std::size_t helpers =
        std::min<std::size_t>(std::max(jobs, 1U), std::max<std::size_t>(paths_.size(), 1)) - 1;
    std::vector<std::jthread> threads;
    try {
      for (std::size_t i = 0; i < helpers; ++i) threads.emplace_back([this] { help(); });
    } catch (const std::system_error&) {
      // Fewer threads than wished for do as well.
    }
    lead(progress, take);
  }

 private:
  struct Answer {
    ReadFile file;  // written by one thread, before `ready`
    std::atomic<bool> ready{false};
  };

  // Reads the next file; false: none is left.
  bool read_next(std::string& buffer) {
    const std::size_t i = next_++;
    if (i >= paths_.size()) return false;
    answers_[i].file = read_one(buffer, paths_[i]);
    answers_[i].ready.store(true, std::memory_order_release);
    answers_[i].ready.notify_one();
    return true;
  }

  void help() {
    std::string buffer;
    while (read_next(buffer)) {
    }
  }

  // Takes what is ready in turn; while that is nothing, reads too.
  void lead(Progress& progress, const Take& take) {
    std::string buffer;
    for (std::size_t i = 0; i < paths_.size(); ++i) {
      Answer& answer = answers_[i];
      while (!answer.ready.load(std::memory_order_acquire)) {
        if (!read_next(buffer)) answer.ready.wait(false, std::memory_order_acquire);
      }
      take(paths_[i], std::move(answer.file));
      progress.update("reading", i + 1, paths_.size());
    }
  }

  ReadFile read_one(std::string& buffer, const std::string& path) {
    try {
      const workspace::Result<std::string_view> text = files_.read_into(buffer, path, kMaxFileBytes);
      if (!text) return {.facts = nullptr, .error = text.error()};
      return {.facts = workspace::read_facts(*text), .error = {}};
    } catch (const std::exception& failure) {  // out of memory
      return {.facts = nullptr, .error = workspace::Error{path + ": " + failure.what()}};
    }
  }

  const workspace::FileSystem& files_;
  const std::vector<std::string>& paths_;
  std::vector<Answer> answers_;
  std::atomic<std::size_t> next_{0};
};

}  // namespace

void read_files(const workspace::FileSystem& files, const std::vector<std::string>& paths, unsigned jobs,
                Progress& progress, const std::function<void(const std::string& path, ReadFile)>& take) {
  Pool(files, paths).run(jobs, progress, take);
}

}  // namespace lsp::cli
