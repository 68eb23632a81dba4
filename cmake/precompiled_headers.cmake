# With ISTIO_MTLS_PCH, headers of the standard library that most files include are compiled once per target: half the time of a
# build without optimisation. Off by default, since ccache then serves one build folder only.
function(precompile target)
  if(ISTIO_MTLS_PCH)
    target_precompile_headers(${target} PRIVATE <algorithm> <array> <functional> <map> <memory> <optional> <set> <span> <string>
                              <string_view> <unordered_map> <utility> <variant> <vector> <fmt/format.h> ${ARGN})
    # ccache keys on what the preprocessor sees (scripts/common.sh sets the rest).
    target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>
                           $<$<BOOL:${EMSCRIPTEN}>:SHELL:-Xclang -fno-pch-timestamp>)
  endif()
endfunction()
