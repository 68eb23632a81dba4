#include "workspace/platform/pipe.h"

#include <fcntl.h>
#include <unistd.h>

namespace workspace {

bool make_pipe(std::array<int, 2>& ends) { return ::pipe2(ends.data(), O_CLOEXEC) == 0; }

}  // namespace workspace
