// The handler allocates nothing, takes no lock and calls only what may be called in one: all it needs to know
// of the modules is collected beforehand, text goes out by write(2). The stack is walked with
// _Unwind_Backtrace of libgcc, which is linked in anyway and also in a static program; glibc's backtrace()
// would load libgcc_s first.
#include "workspace/platform/crash.h"

#include <cxxabi.h>
#include <elf.h>
#include <link.h>
#include <sys/syscall.h>
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
constexpr std::size_t kMaxModules = 64;
constexpr std::size_t kLongestName = 128;

struct Signal {
  int number;
  std::string_view name;
};
constexpr std::array<Signal, 5> kSignals = {
    {{SIGSEGV, "SIGSEGV"}, {SIGABRT, "SIGABRT"}, {SIGBUS, "SIGBUS"}, {SIGFPE, "SIGFPE"}, {SIGILL, "SIGILL"}}};

// The program or a library: where it is in memory.
struct Module {
  std::array<char, kLongestName> name{};
  std::uintptr_t base = 0;
  std::uintptr_t begin = 0;
  std::uintptr_t end = 0;
};

// What handlers read. Written before they are installed, but for the descriptor.
struct State {
  std::array<Module, kMaxModules> modules;
  std::size_t module_count = 0;
  std::array<char, 2 * 64 + 1> build_id{};  // in hexadecimal
  std::atomic<int> log{-1};
  std::atomic_flag reporting = ATOMIC_FLAG_INIT;
};
State state;  // NOLINT: a signal handler has no other way to it

// ---- before a crash

void copy_name(std::string_view path, std::array<char, kLongestName>& name) {
  const std::size_t slash = path.rfind('/');
  if (slash != std::string_view::npos) path.remove_prefix(slash + 1);
  const std::size_t size = std::min(path.size(), name.size() - 1);
  std::memcpy(name.data(), path.data(), size);
}

// A note segment's GNU build id as hexadecimal digits.
void read_build_id(const char* notes, std::size_t size) {
  const auto padded = [](std::size_t bytes) { return (bytes + 3) & ~std::size_t{3}; };
  while (size >= sizeof(ElfW(Nhdr))) {
    ElfW(Nhdr) note;
    std::memcpy(&note, notes, sizeof note);
    const std::size_t whole = sizeof note + padded(note.n_namesz) + padded(note.n_descsz);
    if (whole > size) return;
    const char* name = notes + sizeof note;
    if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 && std::memcmp(name, "GNU", 4) == 0) {
      const char* id = name + padded(note.n_namesz);
      for (std::size_t i = 0; i < note.n_descsz && 2 * i + 2 < state.build_id.size(); ++i) {
        constexpr std::string_view kDigits = "0123456789abcdef";
        const auto byte = static_cast<unsigned char>(id[i]);
        state.build_id[2 * i] = kDigits[byte >> 4];
        state.build_id[2 * i + 1] = kDigits[byte & 15];
      }
      return;
    }
    notes += whole;
    size -= whole;
  }
}

int add_module(dl_phdr_info* info, std::size_t, void*) {
  if (state.module_count == kMaxModules) return 1;
  const bool is_program = state.module_count == 0;  // the program comes first
  Module& module = state.modules[state.module_count++];
  copy_name(is_program ? "istio-mtls-ls" : info->dlpi_name, module.name);
  module.base = info->dlpi_addr;
  module.begin = UINTPTR_MAX;
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const auto& header = info->dlpi_phdr[i];
    const std::uintptr_t begin = info->dlpi_addr + header.p_vaddr;
    if (header.p_type == PT_LOAD) {
      module.begin = std::min(module.begin, begin);
      module.end = std::max(module.end, begin + header.p_memsz);
    }
    if (header.p_type == PT_NOTE && is_program)
      read_build_id(reinterpret_cast<const char*>(begin), header.p_memsz);  // NOLINT
  }
  return 0;
}

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
  const Module* begin = state.modules.data();
  const Module* end = begin + state.module_count;
  const Module* module =
      std::find_if(begin, end, [&](const Module& m) { return address >= m.begin && address < m.end; });
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
  (line << ", thread ").number(static_cast<std::uintptr_t>(::syscall(SYS_gettid)), 10);
  line << ", build id " << (state.build_id[0] == 0 ? "unknown" : state.build_id.data());
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
  ::dl_iterate_phdr(add_module, nullptr);
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
