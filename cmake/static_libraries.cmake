# FMT_LIBRARY and YAML_CPP_LIBRARY: what to link, and PROGRAM_LINKING: how. With ISTIO_MTLS_STATIC nothing is needed to run, not
# even a C library, so that one program starts on every Linux: yaml-cpp comes from its archive, fmt (whose archive Debian leaves
# out) from its headers, and GCC's own libraries allow it.
if(NOT ISTIO_MTLS_STATIC)
  set(FMT_LIBRARY fmt::fmt)
  set(YAML_CPP_LIBRARY yaml-cpp)
  return()
endif()

set(FMT_LIBRARY fmt::fmt-header-only)
find_library(YAML_CPP_ARCHIVE libyaml-cpp.a REQUIRED)
add_library(yaml-cpp-archive INTERFACE)
target_include_directories(yaml-cpp-archive SYSTEM INTERFACE
                           $<TARGET_PROPERTY:yaml-cpp,INTERFACE_INCLUDE_DIRECTORIES>)
target_link_libraries(yaml-cpp-archive INTERFACE ${YAML_CPP_ARCHIVE})
set(YAML_CPP_LIBRARY yaml-cpp-archive)
if(NOT ISTIO_MTLS_SANITIZE)
  # Behind CMake's own -pie, of which the last counts; and without -static-libstdc++, which has libc linked as a shared library.
  set(PROGRAM_LINKING -static-pie)
endif()
