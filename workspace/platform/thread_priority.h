// How urgent the operating system holds a thread's work to be.
#pragma once

namespace workspace {

// Has the calling thread run when those of usual priority leave a core free, and seldom otherwise. It cannot
// be taken back. Where the system knows no priority of single threads, nothing.
void lower_thread_priority();

}  // namespace workspace
