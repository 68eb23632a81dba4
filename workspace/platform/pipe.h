// Pipes of this process's own.
#pragma once

#include <array>

namespace workspace {

// Opens a pipe, the end to read from first, that no program inherits which this process starts. False: errno
// says why not.
bool make_pipe(std::array<int, 2>& ends);

}  // namespace workspace
