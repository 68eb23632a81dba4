// A host without threads waits for the program: `cancelled` is asked before it starts only, and what it
// writes is there when it has ended.
#include "workspace/platform/process.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <string_view>

#include "workspace/platform/wasm/host_calls.h"

namespace workspace {
namespace {

// Beside errno's numbers.
constexpr int kTooLate = -1000;
constexpr int kTooMuch = -1001;

// The request: each part and a NUL behind it, and before a list how many follow.
class Parts {
 public:
  void add(std::string_view part) { (text_ += part) += '\0'; }
  void add(std::uint64_t number) { add(std::string_view(fmt::format_int(number).c_str())); }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
};

std::string request_text(const ProcessRequest& request) {
  Parts parts;
  parts.add(request.program);
  parts.add(request.folder);
  parts.add(static_cast<std::uint64_t>(request.time_limit.count()));
  parts.add(request.max_output);
  parts.add(request.arguments.size());
  for (const std::string& argument : request.arguments) parts.add(argument);
  parts.add(request.environment.size());
  for (const auto& [name, value] : request.environment) {
    parts.add(name);
    parts.add(value);
  }
  return parts.text();
}

std::optional<Error> error_of(const ProcessRequest& request, int failure) {
  if (failure >= 0) return std::nullopt;
  if (failure == kTooLate)
    return Error{fmt::format("{}: no answer within {} s", request.program,
                             static_cast<double>(request.time_limit.count()) / 1000)};
  if (failure == kTooMuch)
    return Error{fmt::format("{}: writes more than {} bytes", request.program, request.max_output)};
  if (failure == -ENOENT) return Error{request.program + ": no such program"};
  return Error{fmt::format("{}: cannot start: {}", request.program, host::message_of(failure))};
}

}  // namespace

Result<ProcessResult> run_process(const ProcessRequest& request) {
  if (request.cancelled && request.cancelled()) return Error{request.program + ": cancelled"};
  const std::string text = request_text(request);
  if (auto error = error_of(request, host_run_program(text.data(), text.size()))) return *std::move(error);
  // The answer: status, signal and the size of the output, four bytes each; output; what went to standard
  // error.
  const std::string_view answer = host::reply();
  std::uint32_t head[3];
  std::memcpy(head, answer.data(), sizeof head);
  const std::string_view errors = answer.substr(sizeof head + head[2]);
  ProcessResult result{.status = static_cast<int>(head[0]), .signal = static_cast<int>(head[1])};
  result.output = answer.substr(sizeof head, head[2]);
  const auto most = static_cast<std::size_t>(request.max_errors);
  result.errors = errors.size() > most ? errors.substr(errors.size() - most) : errors;
  return result;
}

}  // namespace workspace
