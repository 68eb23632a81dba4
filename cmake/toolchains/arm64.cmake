# Compiles for arm64 Linux on any Debian: its cross compiler (scripts/setup arm64) with the libraries that scripts/sysroot unpacks.
# What is built runs in QEMU here.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
# By its path, since some tests empty PATH; -L is for the unit tests, which need C's and C++'s libraries.
find_program(ISTIO_MTLS_QEMU qemu-aarch64-static REQUIRED)
set(CMAKE_CROSSCOMPILING_EMULATOR ${ISTIO_MTLS_QEMU} -L /usr/aarch64-linux-gnu)

if(NOT ISTIO_MTLS_SYSROOT)
  execute_process(COMMAND ${CMAKE_CURRENT_LIST_DIR}/../../scripts/sysroot OUTPUT_VARIABLE ISTIO_MTLS_SYSROOT
                  OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
endif()
set(CMAKE_TRY_COMPILE_PLATFORM_VARIABLES ISTIO_MTLS_SYSROOT)
# A place to look in, not a --sysroot: C's own headers are the compiler's.
set(CMAKE_FIND_ROOT_PATH ${ISTIO_MTLS_SYSROOT})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
# The program does not depend on whose home the libraries were unpacked in.
set(CMAKE_CXX_FLAGS_INIT "-ffile-prefix-map=${ISTIO_MTLS_SYSROOT}=")
