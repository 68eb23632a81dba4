// As its twin: addresses relative to the program, which addr2line resolves, and nothing of the memory. The
// process then ends with the exception's code, as without us.
#include "workspace/platform/crash.h"

#include <cxxabi.h>
#include <fmt/format.h>

#include <array>
#include <atomic>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <string_view>
#include <typeinfo>

#include "workspace/platform/windows/windows_api.h"

namespace workspace {
namespace {

constexpr int kMaxFrames = 128;
constexpr ULONG kSpareStack = 64 << 10;  // for the report of a thread that ran out of stack

std::atomic<int> log_descriptor{-1};            // NOLINT: handlers have no other way to them
std::atomic_flag reporting = ATOMIC_FLAG_INIT;  // NOLINT
constexpr DWORD kAborted = 0x40000015;          // STATUS_FATAL_APP_EXIT

// Nothing here allocates.
template <class... Values>
void send(fmt::format_string<const Values&...> format, const Values&... values) {
  std::array<char, 512> line;  // NOLINT(cppcoreguidelines-pro-type-member-init): format_to_n fills it
  const auto written = fmt::format_to_n(line.data(), line.size() - 1, format, values...);
  char* end = written.out;
  *end++ = '\n';
  const auto size = static_cast<DWORD>(end - line.data());
  DWORD ignored = 0;
  ::WriteFile(::GetStdHandle(STD_ERROR_HANDLE), line.data(), size, &ignored, nullptr);
  const int log = log_descriptor;
  if (log >= 0)
    ::WriteFile(reinterpret_cast<HANDLE>(static_cast<std::intptr_t>(log)), line.data(), size,  // NOLINT
                &ignored, nullptr);
}

void send_frame(int number, DWORD64 address) {
  DWORD64 base = 0;
  ::RtlLookupFunctionEntry(address, &base, nullptr);
  static const auto own = reinterpret_cast<DWORD64>(::GetModuleHandleW(nullptr));  // NOLINT
  // As the linker has placed it, which is what addr2line reads.
  if (base == own && base != 0) {
    send("  #{} istio-mtls-ls+0x{:x}", number, address - base);
  } else {
    send("  #{} 0x{:x}", number, address);
  }
}

void send_stack(CONTEXT context) {
  for (int frame = 0; frame < kMaxFrames && context.Rip != 0; ++frame) {
    send_frame(frame, context.Rip - (frame == 0 ? 0 : 1));  // the call, not what is behind it
    DWORD64 base = 0;
    PRUNTIME_FUNCTION function = ::RtlLookupFunctionEntry(context.Rip, &base, nullptr);
    if (function == nullptr) break;
    void* data = nullptr;
    DWORD64 establisher = 0;
    ::RtlVirtualUnwind(UNW_FLAG_NHANDLER, base, context.Rip, function, &context, &data, &establisher,
                       nullptr);
  }
  send("  end of the stack trace");
}

void report(std::string_view what, const CONTEXT& context) {
  if (reporting.test_and_set()) ::Sleep(INFINITE);  // another thread is reporting, and will end the process
  send("istio-mtls-ls " ISTIO_MTLS_VERSION " crashed: {}, process {}, thread {}", what,
       ::GetCurrentProcessId(), ::GetCurrentThreadId());
  send_stack(context);
}

LONG WINAPI handle_exception(EXCEPTION_POINTERS* exception) {
  std::array<char, 80> text{};
  fmt::format_to_n(text.data(), text.size() - 1, "exception 0x{:x} at address 0x{:x}",
                   exception->ExceptionRecord->ExceptionCode,
                   reinterpret_cast<std::uintptr_t>(exception->ExceptionRecord->ExceptionAddress));  // NOLINT
  report(text.data(), *exception->ContextRecord);
  ::TerminateProcess(::GetCurrentProcess(), exception->ExceptionRecord->ExceptionCode);
  return EXCEPTION_CONTINUE_SEARCH;
}

void handle_abort(int) {
  CONTEXT context{};
  ::RtlCaptureContext(&context);
  report("abort", context);
  ::TerminateProcess(::GetCurrentProcess(), kAborted);
}

// Its text may quote a manifest; its type does not.
[[noreturn]] void on_terminate() {
  if (const std::type_info* type = abi::__cxa_current_exception_type()) {
    int status = 0;
    const char* readable = abi::__cxa_demangle(type->name(), nullptr, nullptr, &status);
    send("istio-mtls-ls: nobody caught an exception of type {}",
         readable != nullptr ? readable : type->name());
  } else {
    send("istio-mtls-ls: std::terminate was called");
  }
  std::abort();
}

}  // namespace

void report_crashes() {
  static const CrashStack stack_of_this_thread;
  // No window that somebody would have to close.
  ::SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX | SEM_NOOPENFILEERRORBOX);
  std::set_terminate(on_terminate);
  std::signal(SIGABRT, handle_abort);
  ::SetUnhandledExceptionFilter(handle_exception);
}

void report_crashes_to(int descriptor) { log_descriptor = descriptor; }

// Windows has the handler run on the thread's own stack, with what is kept free of it.
CrashStack::CrashStack() {
  ULONG spare = kSpareStack;
  ::SetThreadStackGuarantee(&spare);
}

CrashStack::~CrashStack() = default;

}  // namespace workspace
