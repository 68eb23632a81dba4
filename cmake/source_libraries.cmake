# The libraries for targets that Debian has none for: those that are only headers serve as they are, and yaml-cpp is compiled from
# Debian's source package, which scripts/build-wasm and scripts/build-windows unpack.
set(ISTIO_MTLS_STATIC ON)  # there is no other way

# Apart from the other headers of the system, which are of another C library.
set(headers ${CMAKE_BINARY_DIR}/headers)
foreach(library fmt nlohmann CLI boost)
  find_path(${library}_FOLDER ${library} PATHS /usr/include REQUIRED NO_DEFAULT_PATH NO_CMAKE_FIND_ROOT_PATH)
  file(MAKE_DIRECTORY ${headers})
  file(CREATE_LINK ${${library}_FOLDER}/${library} ${headers}/${library} SYMBOLIC)
endforeach()
add_library(header_libraries INTERFACE)
target_include_directories(header_libraries SYSTEM INTERFACE ${headers})
foreach(library nlohmann_json::nlohmann_json Boost::headers CLI11::CLI11 Threads::Threads)
  add_library(${library} ALIAS header_libraries)
endforeach()
add_library(fmt_headers INTERFACE)
target_link_libraries(fmt_headers INTERFACE header_libraries)
target_compile_definitions(fmt_headers INTERFACE FMT_HEADER_ONLY=1)
set(FMT_LIBRARY fmt_headers)

set(ISTIO_MTLS_YAML_CPP "${PROJECT_SOURCE_DIR}/build/sources/yaml-cpp" CACHE PATH "The sources of yaml-cpp")
file(GLOB yaml_cpp_sources ${ISTIO_MTLS_YAML_CPP}/src/*.cpp)
if(NOT yaml_cpp_sources)
  message(FATAL_ERROR "no sources of yaml-cpp in ${ISTIO_MTLS_YAML_CPP}: run get_yaml_cpp of scripts/common.sh")
endif()
add_library(yaml-cpp STATIC ${yaml_cpp_sources})
target_include_directories(yaml-cpp SYSTEM PUBLIC ${ISTIO_MTLS_YAML_CPP}/include)
target_compile_definitions(yaml-cpp PUBLIC YAML_CPP_STATIC_DEFINE)
target_compile_options(yaml-cpp PRIVATE -w)
set(YAML_CPP_LIBRARY yaml-cpp)
file(STRINGS ${ISTIO_MTLS_YAML_CPP}/CMakeLists.txt yaml_cpp_project REGEX "VERSION [0-9.]+")
string(REGEX MATCH "[0-9]+\\.[0-9]+\\.[0-9]+" yaml-cpp_VERSION "${yaml_cpp_project}")
