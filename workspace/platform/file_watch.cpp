// Where nobody listens to the system: the client tells of changes, or the server looks for them.
#include "workspace/platform/file_watch.h"

namespace workspace {

std::unique_ptr<FileWatch> make_file_watch() { return nullptr; }

}  // namespace workspace
