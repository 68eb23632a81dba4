# macOS: how to compile and link, with Zig's clang on Debian (docs/macos.md) or with Apple's there.
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
# macOS' headers fortify C only, not C++. -U: Zig defines it itself.
target_compile_options(project_options INTERFACE $<$<CONFIG:Release>:-fstack-protector-strong -U_LIBCPP_HARDENING_MODE
                       -D_LIBCPP_HARDENING_MODE=_LIBCPP_HARDENING_MODE_FAST>)
# Of functions that a later macOS has brought.
target_compile_options(project_options INTERFACE -Wunguarded-availability)
# Asio of Boost 1.74 knows by the standard library's name only whether it has std::invoke_result.
target_compile_definitions(project_options INTERFACE BOOST_ASIO_HAS_STD_INVOKE_RESULT=1)
if(CMAKE_CROSSCOMPILING)
  include(cmake/source_libraries.cmake)
else()
  include(cmake/static_libraries.cmake)
endif()
