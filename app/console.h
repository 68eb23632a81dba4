// What the program's main knows of the process: arguments, streams, terminal and folder. Each system has its
// own: console.cpp is POSIX', and windows/ has a twin.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace app {

enum class Stream : unsigned char { Input, Output, Errors };

// Once, before anything is read or written: bytes go through the streams as they are, in UTF-8, and a file
// that may not grow is an error of writing, to be cleaned up after.
void prepare_streams();

// The command line's without the program's name, in UTF-8. On Windows paths in them are as the program has
// them (workspace/base/uri.h).
std::vector<std::string> arguments(int argc, char** argv);

// In UTF-8; empty: it is not set.
std::string variable(const char* name);

// Absolute; empty: it has been deleted, or cannot be looked up.
std::string current_folder();

bool is_terminal(Stream stream);
// Whether the terminals that there are know the colours of ECMA-48.
bool terminals_know_colors();
// Columns, of whichever stream is a terminal.
unsigned terminal_width();

// Writes a file; false: it can't be written.
bool save_file(const std::string& path, const std::string& text);

// Ends the process at once, whatever its threads wait for. The streams are flushed already.
[[noreturn]] void end_process(int status);
// The same where a thread that waits for its input would keep the process; else returns the status.
int leave(int status);

}  // namespace app
