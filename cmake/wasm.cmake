# WebAssembly with Debian's emscripten (docs/webassembly.md): how to compile. The module needs no JavaScript of emscripten's: it imports the host's calls (workspace/platform/wasm/host_calls.h) and
# little of WASI.
set(CMAKE_POSITION_INDEPENDENT_CODE OFF)
# Exceptions of the processor's kind: those that go through JavaScript cost at each call that may throw. 128-bit vectors, of
# which emscripten makes SSE2's (it says so as em++ -msse2 does). Both are in Node since 17 and in every browser since 2022.
set(wasm_features -fwasm-exceptions -msimd128 -D__SSE__=1 -D__SSE2__=1)
add_compile_options(${wasm_features})
target_link_options(project_options INTERFACE ${wasm_features})
# What their library lacks.
target_compile_options(project_options INTERFACE "SHELL:-include ${PROJECT_SOURCE_DIR}/workspace/platform/wasm/standard_library.h")

include(cmake/source_libraries.cmake)
