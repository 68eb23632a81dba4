# How a Release program defends itself: it loads anywhere, its tables of functions are read-only once it runs, and what the
# compiler and the library can check while it runs, they check.
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
include(CheckPIESupported)
check_pie_supported(LANGUAGES CXX)
# -U: some compilers define it themselves.
target_compile_options(project_options INTERFACE $<$<CONFIG:Release>:-fstack-protector-strong -U_FORTIFY_SOURCE
                       -D_FORTIFY_SOURCE=3 -D_GLIBCXX_ASSERTIONS>)
target_link_options(project_options INTERFACE $<$<CONFIG:Release>:-Wl,-z,relro,-z,now>)
