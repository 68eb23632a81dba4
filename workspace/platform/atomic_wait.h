// Waiting for an atomic number to change, as std::atomic does. Apart, since on Windows that of libstdc++ 12
// may wait for ever: it looks at the number before it takes the lock under which it is told of changes.
#pragma once

#include <atomic>
#include <cstddef>

namespace workspace {

// Returns once the number is another than `old`, with all that was written before it was changed.
void wait_while(const std::atomic<std::size_t>& number, std::size_t old);

// Those who wait for it look at it again; to be called behind a change.
void wake_one(std::atomic<std::size_t>& number);
void wake_all(std::atomic<std::size_t>& number);

}  // namespace workspace
