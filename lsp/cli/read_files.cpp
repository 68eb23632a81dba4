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

  Pool(const workspace::FileSystem& files, const std::vector<FileToRead>& wanted)
      : files_(files), wanted_(wanted), answers_(wanted.size()) {}

  void run(unsigned jobs, Progress& progress, const Take& take) {
    const std::size_t helpers =
        std::min<std::size_t>(std::max(jobs, 1U), std::max<std::size_t>(wanted_.size(), 1)) - 1;
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
    if (i >= wanted_.size()) return false;
    answers_[i].file = read_one(buffer, wanted_[i]);
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
    for (std::size_t i = 0; i < wanted_.size(); ++i) {
      Answer& answer = answers_[i];
      while (!answer.ready.load(std::memory_order_acquire)) {
        if (!read_next(buffer)) answer.ready.wait(false, std::memory_order_acquire);
      }
      take(wanted_[i].path, std::move(answer.file));
      progress.update("reading", i + 1, wanted_.size());
    }
  }

  ReadFile read_one(std::string& buffer, const FileToRead& file) {
    const auto& [path, limits] = file;
    try {
      const workspace::Result<std::string_view> text = files_.read_into(buffer, path, limits.file_size);
      if (!text) {
        const std::string why = workspace::why_unread(path, files_.status(path), limits, text.error());
        return {.facts = nullptr, .error = workspace::Error{why}};
      }
      return {.facts = workspace::read_facts(*text, nullptr, {}, limits), .error = {}};
    } catch (const std::exception& failure) {  // out of memory
      return {.facts = nullptr, .error = workspace::Error{path + ": " + failure.what()}};
    }
  }

  const workspace::FileSystem& files_;
  const std::vector<FileToRead>& wanted_;
  std::vector<Answer> answers_;
  std::atomic<std::size_t> next_{0};
};

}  // namespace

void read_files(const workspace::FileSystem& files, const std::vector<FileToRead>& wanted, unsigned jobs,
                Progress& progress, const std::function<void(const std::string& path, ReadFile)>& take) {
  Pool(files, wanted).run(jobs, progress, take);
}

}  // namespace lsp::cli
