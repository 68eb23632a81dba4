// An answer that costs what the workspace is large: made in steps between messages, so that an edit that
// arrives meanwhile waits for one step only.
#pragma once

#include <cstddef>
#include <string>

#include "lsp/json_rpc.h"

namespace lsp {

// Engine thread. What it reads must not change between its steps: the server begins it again after a change.
class SlicedWork {
 public:
  SlicedWork() = default;
  virtual ~SlicedWork() = default;
  SlicedWork(const SlicedWork&) = delete;
  SlicedWork& operator=(const SlicedWork&) = delete;

  // Does a part that takes some microseconds, say that of one file; false: the answer is complete.
  virtual bool step() = 0;
  // Parts done, and how many there are; a guess.
  [[nodiscard]] virtual std::size_t done() const = 0;
  [[nodiscard]] virtual std::size_t total() const = 0;
  // What is shown of it meanwhile: "Drawing the policy graph".
  [[nodiscard]] virtual std::string title() const = 0;
  // The answer, once `step` has returned false; call once.
  [[nodiscard]] virtual RpcResult take_answer() = 0;
};

}  // namespace lsp
