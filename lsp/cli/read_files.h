// Reads manifests and turns them into facts, on several threads.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lsp/cli/progress.h"
#include "workspace/file_facts.h"
#include "workspace/file_system.h"
#include "workspace/result.h"

namespace lsp::cli {

inline constexpr std::uint64_t kMaxFileBytes = std::uint64_t{64} << 20;

struct ReadFile {
  std::shared_ptr<const std::string> text;            // null: could not be read
  std::shared_ptr<const workspace::FileFacts> facts;  // null likewise
  std::optional<workspace::Error> error;
};

// One answer per path, in their order. The calling thread is one of the `jobs` (at least 1) and the only one
// to touch `progress`; the others have ended on return.
std::vector<ReadFile> read_files(const workspace::FileSystem& files, const std::vector<std::string>& paths,
                                 unsigned jobs, Progress& progress);

// What was read elsewhere, e.g. from standard input.
ReadFile read_text(std::string text);

}  // namespace lsp::cli
