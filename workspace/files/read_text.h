// Reads the texts that the server and the command line begin with, so that both refuse the same files with
// the same words. Safe on any thread.
#pragma once

#include <string>
#include <string_view>

#include "workspace/base/result.h"
#include "workspace/files/read_request.h"
#include "workspace/platform/file_system.h"

namespace workspace {

// A manifest's text, which is in `buffer` for as long as that is left alone. An error names the limit that
// the file is beyond.
Result<std::string_view> read_manifest_text(const FileSystem& files, const ReadRequest& manifest,
                                            std::string& buffer);

// A configuration file's; of at most 1 MiB, which no setting changes.
Result<std::string> read_config_text(const FileSystem& files, const std::string& path);

}  // namespace workspace
