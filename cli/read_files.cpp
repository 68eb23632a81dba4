#include "cli/read_files.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <utility>

#include "workspace/base/reader_pool.h"
#include "workspace/cluster/snapshot.h"
#include "workspace/files/read_text.h"
#include "workspace/platform/atomic_wait.h"

namespace cli {
namespace {

class Pool {
 public:
  using Take = std::function<void(std::string, ReadFile)>;

  Pool(const workspace::FileSystem& files, std::vector<workspace::ReadRequest> wanted)
      : files_(files), wanted_(std::move(wanted)), answers_(std::min(wanted_.size(), kMaxAhead)) {}

  void run(unsigned jobs, Progress& progress, const Take& take) {
    const auto most = static_cast<unsigned>(std::min<std::size_t>(jobs, wanted_.size()));
    workspace::ReaderPool crew(most, [this](workspace::ReaderPool& all) { help(all); });
    const Ending ending{*this};  // before the crew is waited for
    lead(crew, progress, take);
  }

 private:
  // Lets those go that wait for answers to be taken, also when `take` has thrown.
  struct Ending {
    Pool& pool;
    ~Ending() {
      pool.next_.store(pool.wanted_.size(), std::memory_order_relaxed);
      pool.taken_.store(pool.wanted_.size(), std::memory_order_release);
      workspace::wake_all(pool.taken_);
    }
  };

  // How many files may have been read and not taken.
  static constexpr std::size_t kMaxAhead = 1024;

  // Serves for every file whose index has the same remainder, one after the other.
  struct Answer {
    ReadFile file;                      // written by one thread, before `ready`
    std::atomic<std::size_t> ready{0};  // one more than the index of the file that it is of
  };
  // What each thread uses again and again.
  struct Reader {
    workspace::ReaderPool::LatencyMeter pace;
    std::string buffer;
    workspace::FactsReader facts;
  };
  enum class Next : std::uint8_t { Read, TooFarAhead, None };

  [[nodiscard]] Answer& answer(std::size_t index) { return answers_[index % answers_.size()]; }

  Next read_next(Reader& reader) {
    std::size_t i = next_.load(std::memory_order_relaxed);
    do {
      if (i >= wanted_.size()) return Next::None;
      if (i >= taken_.load(std::memory_order_acquire) + answers_.size()) return Next::TooFarAhead;
    } while (!next_.compare_exchange_weak(i, i + 1, std::memory_order_relaxed));
    answer(i).file = read_one(reader, wanted_[i]);
    answer(i).ready.store(i + 1, std::memory_order_release);
    workspace::wake_one(answer(i).ready);
    return Next::Read;
  }

  void help(workspace::ReaderPool& crew) {
    Reader reader{workspace::ReaderPool::LatencyMeter(crew), {}, {}};
    for (;;) {
      const std::size_t taken = taken_.load(std::memory_order_acquire);
      const Next next = read_next(reader);
      if (next == Next::None) return;
      if (next == Next::TooFarAhead) workspace::wait_while(taken_, taken);
    }
  }

  // Takes what is ready in turn; while that is nothing, reads too.
  void lead(workspace::ReaderPool& crew, Progress& progress, const Take& take) {
    Reader reader{workspace::ReaderPool::LatencyMeter(crew), {}, {}};
    for (std::size_t i = 0; i < wanted_.size(); ++i) {
      for (;;) {
        const std::size_t ready = answer(i).ready.load(std::memory_order_acquire);
        if (ready == i + 1) break;
        if (read_next(reader) != Next::Read) workspace::wait_while(answer(i).ready, ready);
      }
      take(std::move(wanted_[i].path), std::move(answer(i).file));
      taken_.store(i + 1, std::memory_order_release);
      workspace::wake_all(taken_);
      progress.update("reading", i + 1, wanted_.size());
    }
  }

  ReadFile read_one(Reader& reader, const workspace::ReadRequest& file) {
    try {
      const auto text =
          reader.pace.access([&] { return workspace::read_manifest_text(files_, file, reader.buffer); });
      if (!text) return {.facts = nullptr, .error = text.error()};
      if (!file.takes_snapshot && workspace::is_snapshot_text(*text)) return {.facts = nullptr, .error = {}};
      return {.facts = reader.facts.read(*text, nullptr, {}, file.limits), .error = {}};
    } catch (const std::exception& failure) {  // out of memory
      return {.facts = nullptr, .error = workspace::Error{file.path + ": " + failure.what()}};
    }
  }

  const workspace::FileSystem& files_;
  std::vector<workspace::ReadRequest> wanted_;
  std::vector<Answer> answers_;
  std::atomic<std::size_t> next_{0};   // to be read
  std::atomic<std::size_t> taken_{0};  // how many `take` has had
};

}  // namespace

void read_files(const workspace::FileSystem& files, std::vector<workspace::ReadRequest> wanted, unsigned jobs,
                Progress& progress, const std::function<void(std::string path, ReadFile)>& take) {
  Pool(files, std::move(wanted)).run(jobs, progress, take);
}

}  // namespace cli
