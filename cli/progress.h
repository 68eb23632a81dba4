// A progress bar on standard error. Draws only when switched on, after half a second, and ten times a second
// at most. The clock is passed in. One thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <iosfwd>
#include <string>
#include <string_view>

namespace cli {

class Progress {
 public:
  using Clock = std::function<std::chrono::steady_clock::time_point()>;

  // `width`: columns of the terminal.
  Progress(std::ostream& out, bool on, unsigned width, Clock clock = std::chrono::steady_clock::now);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress();  // clears

  // `total` 0: not known yet. `unit`: what is counted.
  void update(std::string_view what, std::size_t done, std::size_t total, std::string_view unit = "files");
  void clear();

 private:
  [[nodiscard]] std::string line(std::string_view what, std::size_t done, std::size_t total,
                                 std::string_view unit) const;

  std::ostream& out_;
  bool on_;
  unsigned width_;
  Clock clock_;
  std::chrono::steady_clock::time_point next_;
  bool drawn_ = false;
};

}  // namespace cli
