# Windows with MinGW-w64 (docs/windows.md): how to compile and link. One program, without libraries beside it but Windows' own.
enable_language(RC)
target_compile_definitions(project_options INTERFACE UNICODE NOMINMAX WIN32_LEAN_AND_MEAN _WIN32_WINNT=0x0A00
                           __USE_MINGW_ANSI_STDIO=1)
target_compile_options(project_options INTERFACE $<$<AND:$<CONFIG:Release>,$<COMPILE_LANGUAGE:CXX>>:-fstack-protector-strong
                       -D_GLIBCXX_ASSERTIONS>)
# The stack is what reading deep YAML and JSON takes at most, as the 8 MB of a thread under Linux; threads are given as much.
set(PROGRAM_LINKING -static -fstack-protector-strong -Wl,--stack,8388608 -Wl,--no-insert-timestamp)
# Sockets, the lists of who may do what with a file, and waiting for a number to change.
target_link_libraries(project_options INTERFACE ws2_32 advapi32 synchronization)

include(cmake/source_libraries.cmake)
