#include "cli/progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>
#include <utility>

namespace cli {
namespace {

constexpr std::chrono::milliseconds kPatience{500};
constexpr std::chrono::milliseconds kBetween{100};
constexpr std::string_view kEraseLine = "\r\x1b[2K";

}  // namespace

Progress::Progress(std::ostream& out, bool on, unsigned width, Clock clock)
    : out_(out), on_(on), width_(width), clock_(std::move(clock)), next_(clock_() + kPatience) {}

Progress::~Progress() { clear(); }

void Progress::update(std::string_view what, std::size_t done, std::size_t total, std::string_view unit) {
  if (!on_) return;
  const auto now = clock_();
  if (now < next_) return;
  next_ = now + kBetween;
  drawn_ = true;
  out_ << kEraseLine << line(what, done, total, unit) << std::flush;
}

void Progress::clear() {
  if (drawn_) out_ << kEraseLine << std::flush;
  drawn_ = false;
}

std::string Progress::line(std::string_view what, std::size_t done, std::size_t total,
                           std::string_view unit) const {
  if (total == 0) return fmt::format("{} {} {}", what, done, unit);
  const std::string count = fmt::format(" {}/{} {}", done, total, unit);
  constexpr std::size_t kFrame = 4;  // space, brackets, and the last column left free
  constexpr std::size_t kLongestBar = 40;
  const std::size_t text = what.size() + count.size() + kFrame;
  const std::size_t room = std::min(kLongestBar, width_ > text ? width_ - text : 0);
  if (room == 0) return fmt::format("{}{}", what, count);
  const std::size_t filled = room * std::min(done, total) / total;
  return fmt::format("{} [{}{}]{}", what, std::string(filled, '#'), std::string(room - filled, ' '), count);
}

}  // namespace cli
