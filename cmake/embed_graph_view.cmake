# Writes a C++ file that holds the graph view.
#   cmake -DSCRIPT=… -DSTYLE=… -DOUTPUT=… -P embed_graph_view.cmake
function(literal path variable)
  file(READ "${path}" hex HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," text "${hex}")
  set(${variable} "${text}" PARENT_SCOPE)
endfunction()

literal("${SCRIPT}" script)
literal("${STYLE}" style)
file(WRITE "${OUTPUT}" "#include \"cli/graph_view_bundle.h\"

namespace cli {
namespace {
constexpr char kScript[] = {${script}0};
constexpr char kStyle[] = {${style}0};
}  // namespace
std::string_view graph_view_script() { return {kScript, sizeof kScript - 1}; }
std::string_view graph_view_style() { return {kStyle, sizeof kStyle - 1}; }
}  // namespace cli
")
