# Compiles for macOS on any Debian, with Zig's clang, which brings headers of macOS and a libc++ (scripts/zig). What is built cannot be
# run here.
set(CMAKE_SYSTEM_NAME Darwin)
set(ISTIO_MTLS_MACOS_PROCESSOR arm64 CACHE STRING "For which Macs: arm64 or x86_64")
set(CMAKE_SYSTEM_PROCESSOR ${ISTIO_MTLS_MACOS_PROCESSOR})
set(CMAKE_TRY_COMPILE_PLATFORM_VARIABLES ISTIO_MTLS_MACOS_PROCESSOR)
execute_process(COMMAND ${CMAKE_CURRENT_LIST_DIR}/../../scripts/zig OUTPUT_VARIABLE zig
                OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
set(CMAKE_CXX_COMPILER ${zig}/c++)
set(CMAKE_AR ${zig}/ar)
set(CMAKE_RANLIB ${zig}/ranlib)
set(CMAKE_INSTALL_NAME_TOOL false)  # CMake asks for one; only libraries beside the program would need it
# The oldest macOS that the program starts on. Without it, it is the newest that Zig knows.
string(REPLACE arm64 aarch64 architecture ${ISTIO_MTLS_MACOS_PROCESSOR})
# Zig compiles with checks of undefined behaviour wherever nothing is optimised.
set(CMAKE_CXX_FLAGS_INIT "-target ${architecture}-macos.12.0 -fno-sanitize=undefined")
