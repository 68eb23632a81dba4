#include "workspace/platform/pipe.h"

#include <fcntl.h>
#include <unistd.h>

namespace workspace {

// Programs are started with POSIX_SPAWN_CLOEXEC_DEFAULT (process.cpp), so that none inherits it in between.
bool make_pipe(std::array<int, 2>& ends) {
  if (::pipe(ends.data()) != 0) return false;
  for (const int end : ends) ::fcntl(end, F_SETFD, FD_CLOEXEC);
  return true;
}

}  // namespace workspace
