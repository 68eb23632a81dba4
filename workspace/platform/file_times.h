// When a file was last changed, as stat(2) tells it: POSIX and macOS name the members differently.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <ctime>

namespace workspace {

// Nanoseconds since the epoch.
inline std::int64_t nanoseconds(const timespec& time) {
  constexpr std::int64_t kNanoseconds = 1'000'000'000;
  return static_cast<std::int64_t>(time.tv_sec) * kNanoseconds + time.tv_nsec;
}

#ifdef __APPLE__
inline std::int64_t modified_ns(const struct stat& info) { return nanoseconds(info.st_mtimespec); }
inline std::int64_t changed_ns(const struct stat& info) { return nanoseconds(info.st_ctimespec); }
#else
inline std::int64_t modified_ns(const struct stat& info) { return nanoseconds(info.st_mtim); }
inline std::int64_t changed_ns(const struct stat& info) { return nanoseconds(info.st_ctim); }
#endif

}  // namespace workspace
