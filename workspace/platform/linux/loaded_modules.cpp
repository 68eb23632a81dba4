// From the headers of ELF files.
#include "workspace/platform/loaded_modules.h"

#include <elf.h>
#include <link.h>

#include <algorithm>
#include <cstring>

namespace workspace {
namespace {

// A note segment's GNU build id.
void read_build_id(const char* notes, std::size_t size, LoadedModules& found) {
  const auto padded = [](std::size_t bytes) { return (bytes + 3) & ~std::size_t{3}; };
  while (size >= sizeof(ElfW(Nhdr))) {
    ElfW(Nhdr) note;
    std::memcpy(&note, notes, sizeof note);
    const std::size_t whole = sizeof note + padded(note.n_namesz) + padded(note.n_descsz);
    if (whole > size) return;
    const char* name = notes + sizeof note;
    if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 && std::memcmp(name, "GNU", 4) == 0) {
      const char* id = name + padded(note.n_namesz);
      found.set_build_id(reinterpret_cast<const unsigned char*>(id), note.n_descsz);  // NOLINT
      return;
    }
    notes += whole;
    size -= whole;
  }
}

int add_module(dl_phdr_info* info, std::size_t, void* data) {
  LoadedModules& found = *static_cast<LoadedModules*>(data);
  if (found.is_full()) return 1;
  const bool is_program = found.count == 0;  // the program comes first
  LoadedModule& module = found.modules[found.count++];
  module.set_name(is_program ? "istio-mtls-ls" : info->dlpi_name);
  module.base = info->dlpi_addr;
  module.begin = UINTPTR_MAX;
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const auto& header = info->dlpi_phdr[i];
    const std::uintptr_t begin = info->dlpi_addr + header.p_vaddr;
    if (header.p_type == PT_LOAD) {
      module.begin = std::min(module.begin, begin);
      module.end = std::max(module.end, begin + header.p_memsz);
    }
    if (header.p_type == PT_NOTE && is_program)
      read_build_id(reinterpret_cast<const char*>(begin), header.p_memsz, found);  // NOLINT
  }
  return 0;
}

}  // namespace

void list_loaded_modules(LoadedModules& found) { ::dl_iterate_phdr(add_module, &found); }

}  // namespace workspace
