// From the headers of Mach-O files.
#include "workspace/platform/loaded_modules.h"

#include <mach-o/dyld.h>
#include <mach-o/loader.h>

#include <algorithm>
#include <cstring>

namespace workspace {
namespace {

// `slide` is how far the system has placed the module from where the linker did: addresses without it are
// what atos(1) and the linker's map know.
void add_module(const mach_header_64& header, std::uintptr_t slide, const char* path, LoadedModules& found) {
  const bool is_program = found.count == 0;  // the program comes first
  LoadedModule& module = found.modules[found.count++];
  module.set_name(is_program ? "istio-mtls-ls" : path);
  module.base = slide;
  module.begin = UINTPTR_MAX;
  const char* command = reinterpret_cast<const char*>(&header + 1);  // NOLINT
  for (std::uint32_t i = 0; i < header.ncmds; ++i) {
    load_command common{};
    std::memcpy(&common, command, sizeof common);
    if (common.cmd == LC_SEGMENT_64) {
      segment_command_64 segment{};
      std::memcpy(&segment, command, sizeof segment);
      if (segment.initprot != 0) {  // not the page that guards address 0
        module.begin = std::min<std::uintptr_t>(module.begin, slide + segment.vmaddr);
        module.end = std::max<std::uintptr_t>(module.end, slide + segment.vmaddr + segment.vmsize);
      }
    }
    if (common.cmd == LC_UUID && is_program) {
      uuid_command id{};
      std::memcpy(&id, command, sizeof id);
      found.set_build_id(id.uuid, sizeof id.uuid);
    }
    command += common.cmdsize;
  }
}

}  // namespace

void list_loaded_modules(LoadedModules& found) {
  const std::uint32_t count = ::_dyld_image_count();
  for (std::uint32_t i = 0; i < count && !found.is_full(); ++i) {
    const mach_header* header = ::_dyld_get_image_header(i);
    if (header == nullptr || header->magic != MH_MAGIC_64) continue;
    add_module(*reinterpret_cast<const mach_header_64*>(header),  // NOLINT: the magic says so
               static_cast<std::uintptr_t>(::_dyld_get_image_vmaddr_slide(i)), ::_dyld_get_image_name(i),
               found);
  }
}

}  // namespace workspace
