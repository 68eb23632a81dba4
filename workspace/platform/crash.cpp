// The handler allocates nothing, takes no lock and calls only what may be called in one: all it needs to know
// of the modules is collected beforehand, text goes out by write(2). The stack is walked with
// _Unwind_Backtrace of libgcc, which is linked in anyway and also in a static program; glibc's backtrace()
// would load libgcc_s first.
#include "workspace/platform/crash.h"

#include <cxxabi.h>
#ifdef __APPLE__
#include <pthread.h>
#else
#include <sys/syscall.h>
#endif
#include <unistd.h>
#include <unwind.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <string_view>
#include <typeinfo>

#include "workspace/platform/loaded_modules.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define ISTIO_MTLS_SANITIZER_REPORTS 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define ISTIO_MTLS_SANITIZER_REPORTS 1
#endif
#endif

namespace workspace {

#ifdef ISTIO_MTLS_SANITIZER_REPORTS

void report_crashes() {}
void report_crashes_to(int) {}
CrashStack::CrashStack() = default;
CrashStack::~CrashStack() = default;

#else

namespace {

constexpr std::size_t kStackBytes = std::size_t{64} << 10;
constexpr int kMaxFrames = 128;
constexpr unsigned kLongestReport = 10;  // seconds; a handler that hangs is worse than none

struct Signal {
  int number;
  std::string_view name;
};
constexpr std::array<Signal, 5> kSignals = {
    {{SIGSEGV, "SIGSEGV"}, {SIGABRT, "SIGABRT"}, {SIGBUS, "SIGBUS"}, {SIGFPE, "SIGFPE"}, {SIGILL, "SIGILL"}}};

// What handlers read. Written before they are installed, but for the descriptor.
struct State {
  LoadedModules loaded;
  std::atomic<int> log{-1};
  std::atomic_flag reporting = ATOMIC_FLAG_INIT;
};
State state;  // NOLINT: a signal handler has no other way to it

// ---- in the handler

void write_to(int descriptor, const char* data, std::size_t size) {
  while (descriptor >= 0 && size > 0) {
    const ssize_t written = ::write(descriptor, data, size);
    if (written <= 0) return;
    data += written;
    size -= static_cast<std::size_t>(written);
  }
}

// One line, collected without allocating.
class Line {
 public:
  Line& operator<<(std::string_view text) {
    const std::size_t size = std::min(text.size(), text_.size() - 1 - size_);
    std::memcpy(text_.data() + size_, text.data(), size);
    size_ += size;
    return *this;
  }
  Line& number(std::uintptr_t value, unsigned base) {
    std::array<char, 24> digits{};
    std::size_t at = digits.size();
    do {
      digits[--at] = "0123456789abcdef"[value % base];
      value /= base;
    } while (value != 0);
    return *this << std::string_view(digits.data() + at, digits.size() - at);
  }
  void send() {
    text_[size_++] = '\n';
    write_to(STDERR_FILENO, text_.data(), size_);
    write_to(state.log.load(), text_.data(), size_);
    size_ = 0;
  }

 private:
  std::array<char, 512> text_{};
  std::size_t size_ = 0;
};

std::uintptr_t this_thread() {
#ifdef __APPLE__
  std::uint64_t thread = 0;
  ::pthread_threadid_np(nullptr, &thread);
  return thread;
#else
  return static_cast<std::uintptr_t>(::syscall(SYS_gettid));
#endif
}

struct Walk {
  int frames = 0;
};

_Unwind_Reason_Code write_frame(_Unwind_Context* context, void* data) {
  auto& walk = *static_cast<Walk*>(data);
  int before_instruction = 0;
  std::uintptr_t address = _Unwind_GetIPInfo(context, &before_instruction);
  if (address == 0 || walk.frames == kMaxFrames) return _URC_END_OF_STACK;
  // A return address lies behind the call; addr2line is to find the call.
  if (before_instruction == 0) --address;
  Line line;
  line << "  #";
  line.number(static_cast<std::uintptr_t>(walk.frames++), 10) << " ";
  const LoadedModule* begin = state.loaded.modules.data();
  const LoadedModule* end = begin + state.loaded.count;
  const LoadedModule* module =
      std::find_if(begin, end, [&](const LoadedModule& m) { return address >= m.begin && address < m.end; });
  if (module == end) {
    (line << "0x").number(address, 16);
  } else {
    (line << module->name.data() << "+0x").number(address - module->base, 16);
  }
  line.send();
  return _URC_NO_REASON;
}

std::string_view name_of(int number) {
  const auto* found =
      std::find_if(kSignals.begin(), kSignals.end(), [&](const Signal& s) { return s.number == number; });
  return found == kSignals.end() ? "a signal" : found->name;
}

void handle_crash(int number, siginfo_t* info, void*) {
  const int saved = errno;
  if (state.reporting.test_and_set()) {
    for (;;) ::pause();  // another thread is reporting, and will end the process
  }
  std::signal(SIGALRM, SIG_DFL);
  ::alarm(kLongestReport);
  Line line;
  line << "istio-mtls-ls " ISTIO_MTLS_VERSION " crashed: " << name_of(number);
  if (info->si_code <= 0) {
    (line << " sent by process ").number(static_cast<std::uintptr_t>(info->si_pid), 10);
  } else {
    (line << " at address 0x").number(reinterpret_cast<std::uintptr_t>(info->si_addr), 16);  // NOLINT
  }
  (line << ", process ").number(static_cast<std::uintptr_t>(::getpid()), 10);
  (line << ", thread ").number(this_thread(), 10);
  line << ", build id " << (state.loaded.build_id[0] == 0 ? "unknown" : state.loaded.build_id.data());
  line.send();
  Walk walk;
  _Unwind_Backtrace(write_frame, &walk);
  (line << "  end of the stack trace").send();
  // Comes again, to the default action, as soon as this handler returns.
  std::signal(number, SIG_DFL);
  ::raise(number);
  errno = saved;
}

// Its text may quote a manifest; its type does not.
[[noreturn]] void on_terminate() {
  Line line;
  line << "istio-mtls-ls: ";
  if (const std::type_info* type = abi::__cxa_current_exception_type()) {
    int status = 0;
    char* readable = abi::__cxa_demangle(type->name(), nullptr, nullptr, &status);
    line << "nobody caught an exception of type " << (readable != nullptr ? readable : type->name());
  } else {
    line << "std::terminate was called";
  }
  line.send();
  std::abort();
}

}  // namespace

void report_crashes() {
  static const CrashStack stack_of_this_thread;
  list_loaded_modules(state.loaded);
  std::set_terminate(on_terminate);
  for (const Signal& signal : kSignals) {
    struct sigaction action {};
    action.sa_sigaction = handle_crash;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    sigemptyset(&action.sa_mask);
    ::sigaction(signal.number, &action, nullptr);
  }
}

void report_crashes_to(int log_descriptor) { state.log = log_descriptor; }

CrashStack::CrashStack() : memory_(std::make_unique<std::byte[]>(kStackBytes)) {
  stack_t stack{};
  stack.ss_sp = memory_.get();
  stack.ss_size = kStackBytes;
  ::sigaltstack(&stack, nullptr);
}

CrashStack::~CrashStack() {
  stack_t none{};
  none.ss_flags = SS_DISABLE;
  ::sigaltstack(&none, nullptr);
}

#endif

}  // namespace workspace
