// Threads for one job that mostly reads files. Where these are in memory, more threads than processors only
// get into each other's way; where the disk is waited for, many should wait together. So a crew begins with
// one thread a processor, and takes on another each time that one of them has waited twice in a row.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace workspace {

class ReaderPool {
 public:
  // At most `most` threads with the calling one, which is to do the same `work` itself. `work` returns when
  // there is nothing left to do.
  ReaderPool(unsigned most, std::function<void(ReaderPool&)> work);
  // Waits until all have returned.
  ~ReaderPool();
  ReaderPool(const ReaderPool&) = delete;
  ReaderPool& operator=(const ReaderPool&) = delete;

  // How one thread of the crew gets on.
  class LatencyMeter {
   public:
    explicit LatencyMeter(ReaderPool& crew) : crew_(crew) {}
    // Does an access to the disk, and tells how long it took.
    template <class Access>
    auto access(const Access& access) {
      const auto before = std::chrono::steady_clock::now();
      auto result = access();
      record(std::chrono::steady_clock::now() - before);
      return result;
    }
    // Tells how long an access to the disk took. One slow access may be another program's turn to run; two,
    // one after the other, are the disk's doing.
    void record(std::chrono::steady_clock::duration time) {
      const bool slow = time > kWaited;
      if (slow && was_slow_) crew_.add_worker();
      was_slow_ = slow;
    }

   private:
    ReaderPool& crew_;
    bool was_slow_ = false;
  };

 private:
  // Several times what it takes to list a small folder or read a small file that is in memory.
  static constexpr std::chrono::microseconds kWaited{100};

  void add_worker();

  const std::size_t most_;
  const std::function<void(ReaderPool&)> work_;
  std::mutex mutex_;
  bool ended_ = false;  // under mutex_, as all that follows
  std::vector<std::thread> helpers_;
};

}  // namespace workspace
