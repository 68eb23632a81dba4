// Threads beside the calling one, for work that shares itself out among whoever does it.
#pragma once

#include <cstddef>
#include <functional>
#include <thread>
#include <vector>

namespace workspace {

class HelperThreads {
 public:
  // Runs `work` once on each of at most `most` threads: as many as the system gives, where it has none, none.
  HelperThreads(std::size_t most, const std::function<void()>& work);
  // Waits until all have returned.
  ~HelperThreads();
  HelperThreads(const HelperThreads&) = delete;
  HelperThreads& operator=(const HelperThreads&) = delete;

  [[nodiscard]] bool empty() const { return threads_.empty(); }

 private:
  std::vector<std::thread> threads_;
};

}  // namespace workspace
