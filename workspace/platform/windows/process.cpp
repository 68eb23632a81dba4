#include "workspace/platform/process.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <thread>
#include <utility>

#include "workspace/platform/windows/windows_api.h"

namespace workspace {
namespace {

using windows::Handle;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kBetweenLooks{100};
constexpr UINT kEndedByUs = 1;

// An argument as the C library of most programs takes it apart again.
void append_quoted(std::wstring& line, std::wstring_view argument) {
  if (!line.empty()) line += L' ';
  if (!argument.empty() && argument.find_first_of(L" \t\n\v\"") == std::wstring_view::npos) {
    line += argument;
    return;
  }
  line += L'"';
  std::size_t backslashes = 0;  // that the next character may give a meaning
  for (const wchar_t c : argument) {
    if (c == L'"') line.append(backslashes + 1, L'\\');
    backslashes = c == L'\\' ? backslashes + 1 : 0;
    line += c;
  }
  line.append(backslashes, L'\\');
  line += L'"';
}

// Paths as the program knows them; all else stays as it is.
std::wstring outside_argument(std::string_view argument) {
  const bool is_path = argument.size() >= 3 && argument[0] == '/' && argument[2] == ':' &&
                       (argument.size() == 3 || argument[3] == '/');
  return is_path ? windows::shown_path(argument) : windows::wide(argument);
}

// Where the program is; empty: nowhere. Only .exe: what cmd.exe runs takes its arguments apart in other ways.
// Neither the current folder nor this program's are searched, as CreateProcess would.
std::wstring find_program(const std::string& program) {
  if (program.find('/') != std::string::npos) return windows::shown_path(program);
  std::wstring found(32768, L'\0');
  const std::wstring folders = windows::variable(L"PATH");
  const DWORD size = ::SearchPathW(folders.c_str(), windows::wide(program).c_str(), L".exe",
                                   static_cast<DWORD>(found.size()), found.data(), nullptr);
  found.resize(size < found.size() ? size : 0);
  return found;
}

// All variables, each with its NUL, sorted, and one NUL more.
std::wstring environment_with(const std::vector<std::pair<std::string, std::string>>& added) {
  const auto before = [](const std::wstring& a, const std::wstring& b) {
    return ::CompareStringOrdinal(a.c_str(), -1, b.c_str(), -1, TRUE) == CSTR_LESS_THAN;
  };
  std::map<std::wstring, std::wstring, decltype(before)> all(before);
  const std::unique_ptr<wchar_t, decltype(&::FreeEnvironmentStringsW)> block(::GetEnvironmentStringsW(),
                                                                             ::FreeEnvironmentStringsW);
  for (const wchar_t* at = block.get(); at != nullptr && *at != L'\0';) {
    const std::wstring_view entry = at;
    const std::size_t equals = entry.find(L'=', 1);  // a drive's current folder is "=C:"
    if (equals != std::wstring_view::npos)
      all.emplace(std::wstring(entry.substr(0, equals)), std::wstring(entry.substr(equals + 1)));
    at += entry.size() + 1;
  }
  for (const auto& [name, value] : added) all.insert_or_assign(windows::wide(name), windows::wide(value));
  std::wstring text;
  for (const auto& [name, value] : all) {
    ((text += name) += L'=') += value;
    text += L'\0';
  }
  text += L'\0';
  return text;
}

struct Pipe {
  Handle reader;
  Handle writer;

  // The writer is for the program. 0, or what GetLastError() says.
  DWORD open() {
    constexpr DWORD kRoom = DWORD{1} << 18;
    SECURITY_ATTRIBUTES inherited{sizeof(SECURITY_ATTRIBUTES), nullptr, TRUE};
    HANDLE ends[2] = {};
    if (::CreatePipe(&ends[0], &ends[1], &inherited, kRoom) == 0) return ::GetLastError();
    reader = Handle(ends[0]);
    writer = Handle(ends[1]);
    return ::SetHandleInformation(reader.get(), HANDLE_FLAG_INHERIT, 0) != 0 ? 0 : ::GetLastError();
  }
};

// What ends the program should this one be ended: else one that was about to start then would wait for ever
// to be let go. What it starts itself is not in it.
Handle make_job() {
  Handle job(::CreateJobObjectW(nullptr, nullptr));
  JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits{};
  limits.BasicLimitInformation.LimitFlags =
      JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE | JOB_OBJECT_LIMIT_SILENT_BREAKAWAY_OK;
  const bool is_set =
      ::SetInformationJobObject(job.get(), JobObjectExtendedLimitInformation, &limits, sizeof limits) != 0;
  return is_set ? std::move(job) : Handle();
}

// Which handles the program inherits, whatever other threads open meanwhile, and the job that it is in.
class Attributes {
 public:
  Attributes(std::array<HANDLE, 3>& handles, HANDLE& job) {
    constexpr DWORD kCount = 2;
    SIZE_T size = 0;
    ::InitializeProcThreadAttributeList(nullptr, kCount, 0, &size);
    memory_ = std::make_unique<std::byte[]>(size);
    list_ =
        reinterpret_cast<LPPROC_THREAD_ATTRIBUTE_LIST>(memory_.get());  // NOLINT: has no size known before
    is_made_ = ::InitializeProcThreadAttributeList(list_, kCount, 0, &size) != 0;
    is_good_ = is_made_ && set(PROC_THREAD_ATTRIBUTE_HANDLE_LIST, handles.data(), sizeof handles) &&
               set(PROC_THREAD_ATTRIBUTE_JOB_LIST, &job, sizeof job);
  }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;
  ~Attributes() {
    if (is_made_) ::DeleteProcThreadAttributeList(list_);
  }
  [[nodiscard]] bool is_good() const { return is_good_; }
  [[nodiscard]] LPPROC_THREAD_ATTRIBUTE_LIST list() const { return list_; }

 private:
  bool set(DWORD_PTR which, void* value, SIZE_T size) {
    return ::UpdateProcThreadAttribute(list_, 0, which, value, size, nullptr, nullptr) != 0;
  }

  std::unique_ptr<std::byte[]> memory_;
  LPPROC_THREAD_ATTRIBUTE_LIST list_ = nullptr;
  bool is_made_ = false;
  bool is_good_ = false;
};

class Running {
 public:
  explicit Running(const ProcessRequest& request)
      : request_(request), deadline_(Clock::now() + request.time_limit) {}
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;
  // There is no asking a program without a window to end.
  ~Running() {
    if (!process_.is_open() || has_ended()) return;
    ::TerminateProcess(process_.get(), kEndedByUs);
    ::WaitForSingleObject(process_.get(), INFINITE);
  }

  std::optional<Error> start() {
    const std::wstring program = find_program(request_.program);
    if (program.empty()) return no_such_program();
    if (DWORD code = output_.open(); code != 0 || (code = errors_.open()) != 0) return trouble(code);
    SECURITY_ATTRIBUTES inherited{sizeof(SECURITY_ATTRIBUTES), nullptr, TRUE};
    const Handle input(::CreateFileW(L"NUL", GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, &inherited,
                                     OPEN_EXISTING, 0, nullptr));
    if (!input.is_open()) return trouble(::GetLastError());
    std::array<HANDLE, 3> handles = {input.get(), output_.writer.get(), errors_.writer.get()};
    job_ = make_job();
    if (!job_.is_open()) return trouble(::GetLastError());
    HANDLE job = job_.get();
    const Attributes attributes(handles, job);
    if (!attributes.is_good()) return trouble(::GetLastError());
    STARTUPINFOEXW startup{};
    startup.StartupInfo.cb = sizeof startup;
    startup.StartupInfo.dwFlags = STARTF_USESTDHANDLES;
    startup.StartupInfo.hStdInput = handles[0];
    startup.StartupInfo.hStdOutput = handles[1];
    startup.StartupInfo.hStdError = handles[2];
    startup.lpAttributeList = attributes.list();
    std::wstring line;
    append_quoted(line, program);
    for (const std::string& argument : request_.arguments) append_quoted(line, outside_argument(argument));
    std::wstring variables = environment_with(request_.environment);
    const std::wstring folder = windows::shown_path(request_.folder);
    constexpr DWORD kHow = CREATE_NO_WINDOW | CREATE_UNICODE_ENVIRONMENT | EXTENDED_STARTUPINFO_PRESENT;
    PROCESS_INFORMATION started{};
    if (::CreateProcessW(program.c_str(), line.data(), nullptr, nullptr, TRUE, kHow, variables.data(),
                         folder.empty() ? nullptr : folder.c_str(), &startup.StartupInfo, &started) == 0) {
      const DWORD code = ::GetLastError();
      if (code == ERROR_FILE_NOT_FOUND || code == ERROR_PATH_NOT_FOUND) return no_such_program();
      return trouble(code);
    }
    ::CloseHandle(started.hThread);
    process_ = Handle(started.hProcess);
    output_.writer.close();
    errors_.writer.close();
    return std::nullopt;
  }

  Result<ProcessResult> finish() {
    for (;;) {
      // In this order: what it wrote before it ended is there then.
      const bool ended = has_ended();
      const bool errors_came = read_errors();
      const std::optional<bool> output_came = read_output();
      if (!output_came)
        return Error{fmt::format("{}: writes more than {} bytes", request_.program, request_.max_output)};
      // What holds the pipes longer than the program itself is not waited for.
      if (ended && !errors_came && !*output_came) break;
      if (Clock::now() >= deadline_)
        return Error{fmt::format("{}: no answer within {} s", request_.program,
                                 static_cast<double>(request_.time_limit.count()) / 1000)};
      if (is_cancelled()) return Error{request_.program + ": cancelled"};
      if (!ended && !errors_came && !*output_came) wait_a_little();
    }
    DWORD status = 0;
    ::GetExitCodeProcess(process_.get(), &status);
    result_.status = static_cast<int>(status);
    return std::move(result_);
  }

 private:
  [[nodiscard]] Error no_such_program() const { return Error{request_.program + ": no such program"}; }
  [[nodiscard]] Error trouble(DWORD code) const {
    return Error{fmt::format("{}: cannot start: {}", request_.program, windows::message_of(code))};
  }

  [[nodiscard]] bool has_ended() const { return ::WaitForSingleObject(process_.get(), 0) == WAIT_OBJECT_0; }

  bool is_cancelled() {
    if (!request_.cancelled || Clock::now() < next_look_) return false;
    next_look_ = Clock::now() + kBetweenLooks;
    return request_.cancelled();
  }

  // A pipe cannot be waited for. It is looked at more and more seldom while nothing comes.
  void wait_a_little() {
    constexpr DWORD kMost = 16;
    ::WaitForSingleObject(process_.get(), pause_);
    pause_ = std::min(kMost, pause_ * 2);
  }

  // What is there now goes to `take`. Whether something was; none: `take` wants no more.
  template <class Take>
  std::optional<bool> read_now(Handle& from, const Take& take) {
    bool came = false;
    DWORD there = 0;
    while (from.is_open()) {
      if (::PeekNamedPipe(from.get(), nullptr, 0, nullptr, &there, nullptr) == 0) from.close();
      if (!from.is_open() || there == 0) break;
      piece_.resize(std::max<std::size_t>(piece_.size(), there));
      DWORD count = 0;
      if (::ReadFile(from.get(), piece_.data(), there, &count, nullptr) == 0 || count == 0) break;
      came = true;
      pause_ = 1;
      if (!take(std::string_view(piece_).substr(0, count))) return std::nullopt;
    }
    return came;
  }

  std::optional<bool> read_output() {
    return read_now(output_.reader, [this](std::string_view text) {
      if (result_.output.size() + text.size() > request_.max_output) return false;
      result_.output += text;
      return true;
    });
  }

  bool read_errors() {
    const std::optional<bool> came = read_now(errors_.reader, [this](std::string_view text) {
      result_.errors += text;
      if (result_.errors.size() > request_.max_errors)
        result_.errors.erase(0, result_.errors.size() - request_.max_errors);
      return true;
    });
    return *came;
  }

  const ProcessRequest& request_;
  const Clock::time_point deadline_;
  Clock::time_point next_look_{};
  DWORD pause_ = 1;  // milliseconds
  Pipe output_;
  Pipe errors_;
  Handle job_;
  Handle process_;
  std::string piece_;
  ProcessResult result_;
};

}  // namespace

Result<ProcessResult> run_process(const ProcessRequest& request) {
  if (request.cancelled && request.cancelled()) return Error{request.program + ": cancelled"};
  Running running(request);
  if (std::optional<Error> error = running.start()) return *std::move(error);
  return running.finish();
}

}  // namespace workspace
