import FoundationEssentials
import FunctionHost
import Glibc
import Logging
import NIOCore
import NIOPosix
import Core
import Synchronization

/// Small functions in Python's standard library: the event says what they do.
enum TestFunctions {
  static let script = #"""
    #!/usr/bin/python3 -u
    import base64, http.client, json, os, subprocess, sys, time
    mode = sys.argv[1] if len(sys.argv) > 1 else ""
    api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    base = "/2018-06-01/runtime/"
    def call(method, path, body=None, headers={}):
        api.request(method, base + path, body, headers)
        answer = api.getresponse()
        return answer, answer.read()
    if mode == "init-exit":
        print("cannot start"); sys.exit(7)
    if mode == "init-error":
        call("POST", "init/error", json.dumps({"errorType": "Config", "errorMessage": "no bucket"}),
             {"Lambda-Runtime-Function-Error-Type": "Config"})
        sys.exit(1)
    if mode == "init-hang":
        print("hanging"); time.sleep(600)
    if mode == "init-late":
        print("starting"); time.sleep(1)
    count = 0
    while True:
        head, event = call("GET", "invocation/next")
        request = head.getheader("Lambda-Runtime-Aws-Request-Id")
        count += 1
        order = json.loads(event)
        do = order.get("do", "echo")
        result = {"event": order, "count": count, "pid": os.getpid()}
        if "meet" in order:
            open(f"{order['meet']}/{os.getpid()}", "w").close()
            while len(os.listdir(order["meet"])) < order["number"]: time.sleep(0.005)
        if do == "headers": result["headers"] = dict(head.getheaders())
        if do == "environment": result["environment"] = dict(os.environ); result["cwd"] = os.getcwd()
        if do == "death-signal":
            import ctypes
            signal = ctypes.c_int(); ctypes.CDLL(None).prctl(2, ctypes.byref(signal)); result["signal"] = signal.value
            result["leads"] = os.getpgid(0) == os.getpid() and os.getsid(0) == os.getpid()
        if do == "files": result["files"] = sorted(os.listdir("/proc/self/fd"), key=int)
        if do == "reach":
            def attempt(what):
                try: what(); return "yes"
                except OSError as error: return os.strerror(error.errno)
            result["reached"] = {}
            for way, path in order["paths"]:
                result["reached"][way + " " + path] = attempt({
                    "read": lambda: open(path, "rb").read(1), "write": lambda: open(path, "wb").close(),
                    "list": lambda: os.listdir(path), "run": lambda: subprocess.run([path], check=True),
                    "signal": lambda: os.kill(int(path), 0)}[way])
        if do == "privileges":
            status = open("/proc/self/status").read()
            result["noNewPrivileges"] = "NoNewPrivs:\t1" in status
            sets = dict(line.split(":\t") for line in status.splitlines() if line.startswith("Cap"))
            # CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH pass over files' permissions.
            result["capabilities"] = [name for name, mask in sets.items() if int(mask, 16) & ~0b110]
        if do == "print": print(order["text"]); print("to stderr", file=sys.stderr)
        if do == "crash": print("last words"); os.kill(os.getpid(), 11)
        if do == "exit": sys.exit(order.get("code", 3))
        if do == "hang": time.sleep(600)
        if do == "write":
            os.makedirs(os.environ["TMPDIR"] + "/below", exist_ok=True)
            open(os.environ["TMPDIR"] + "/below/file", "wb").write(b"x" * order["bytes"])
            if order.get("then") == "hang": time.sleep(600)
        if do == "sleep": time.sleep(order["seconds"])
        if do == "leak":
            hog = []
            while True: hog.append(bytearray(b"x" * (8 << 20))); time.sleep(0.01)
        if do == "fork-leak":
            subprocess.Popen(["/usr/bin/python3", "-c", "x = bytearray(b'x' * (400 << 20)); import time; time.sleep(600)"])
            time.sleep(600)
        if do == "fork":
            child = subprocess.Popen(["/usr/bin/python3", "-c",
              "import os, time, subprocess; os.setpgid(0, 0); p = subprocess.Popen(['/bin/sleep', '600']);"
              "open(os.environ['TMPDIR'] + '/' + 'ready', 'w').write(f'{os.getpid()} {p.pid}'); time.sleep(600)"])
            while not os.path.exists(os.environ["TMPDIR"] + "/ready") or not open(os.environ["TMPDIR"] + "/ready").read():
                time.sleep(0.005)
            open(order["file"], "w").write(f"{os.getpid()} " + open(os.environ["TMPDIR"] + "/ready").read())
            if order.get("then") == "hang": time.sleep(600)
        if do == "flood":
            line = "x" * 99 + "\n"
            end = time.time() + order["seconds"]
            while time.time() < end: sys.stdout.write(line * 100)
        if do == "wrong-id":
            answer, body = call("POST", "invocation/" + "0" * 8 + "/response", "{}")
            result["status"] = answer.status; result["body"] = json.loads(body)
        if do == "next-twice":
            other = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
            other.request("GET", base + "invocation/next")
            answer = other.getresponse(); result["status"] = answer.status; result["body"] = json.loads(answer.read())
        if do == "big":
            answer, body = call("POST", f"invocation/{request}/response", b"x" * order["bytes"])
            continue
        if do == "stream":
            def chunks():
                for i in range(order["chunks"]): yield b"chunk %d;" % i
            api.request("POST", base + f"invocation/{request}/response", chunks(),
                        {"Transfer-Encoding": "chunked", "Lambda-Runtime-Function-Response-Mode": "streaming"},
                        encode_chunked=True)
            api.getresponse().read(); continue
        if do == "answer-and-die":
            import socket
            open(order["file"], "w").write(str(os.getpid()))
            while not os.path.exists(order["gate"]): time.sleep(0.005)
            host, port = os.environ["AWS_LAMBDA_RUNTIME_API"].split(":")
            line = socket.create_connection((host, int(port)))
            line.sendall((f"POST {base}invocation/{request}/response HTTP/1.1\r\nHost: {host}\r\n"
                          "Content-Length: 6\r\n\r\n\"done\"").encode())
            os._exit(0)
        if do == "error":
            call("POST", f"invocation/{request}/error",
                 json.dumps({"errorType": "Trouble", "errorMessage": "as ordered", "stackTrace": []}),
                 {"Lambda-Runtime-Function-Error-Type": "Trouble"})
            continue
        call("POST", f"invocation/{request}/response", json.dumps(result))
        if do == "respond-and-exit": sys.exit(0)
    """#

  /// Makes the executable `bootstrap` in a folder.
  static func make(in folder: String, _ start: Start) throws {
    let file = start == .alone ? "\(folder)/bootstrap" : "\(folder)/function.py"
    try Data(script.utf8).write(to: URL(filePath: file))
    chmod(file, 0o755)
    if start == .forked { try FileManager.default.copyItem(atPath: forked, toPath: "\(folder)/bootstrap") }
  }

  /// The executable that can be a fork server and becomes `function.py`; it stands beside the tests.
  static let forked: String = {
    let tests = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    return tests.split(separator: "/").dropLast().reduce(into: "") { $0 += "/\($1)" } + "/ForkedFunction"
  }()
}

/// How a test's function is started: by itself, or forked from a server of its kind.
enum Start: CaseIterable {
  case alone, forked
}

/// A host with one function in a folder of its own.
final class TestHost: Sendable {
  let folder: String
  let host: FunctionHost
  let observed = Observed()

  init(
    _ start: Start = .alone, mode: String = "", timeout: Duration = .seconds(20), memory: Int = 256,
    environments: Int = 1,
    environment: [String: String] = [:], isConfined: Bool = false, storage: Int? = nil, niceness: Int = 0,
    group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton,
    configure: (inout HostConfiguration) -> Void = { _ in }
  ) throws {
    folder = "/tmp/zoetrope-host-\(RequestID.make())"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try TestFunctions.make(in: folder, start)
    var configuration = HostConfiguration(environment: ["AWS_ACCESS_KEY_ID": "key"], temporaryFolder: "\(folder)/tmp")
    configure(&configuration)
    var function = FunctionConfiguration(
      name: "test", executable: "\(folder)/bootstrap", arguments: mode.isEmpty ? [] : [mode], codeFolder: folder,
      environment: environment, timeout: timeout, memorySizeMiB: memory, maximumEnvironments: environments)
    function.ephemeralStorageMiB = storage
    function.isConfined = isConfined
    function.niceness = niceness
    host = try FunctionHost(
      configuration: configuration, functions: [function],
      eventLoopGroup: group, logger: Logger(label: "test"), observer: observed)
  }

  func invoke(_ event: JSONValue) async throws -> InvocationResult {
    await host.invoke("test", InvocationRequest(payload: try JSON.encode(event)))
  }

  /// Invokes and expects a JSON result.
  func result(_ event: JSONValue) async throws -> JSONValue {
    let result = try await invoke(event)
    guard case .success(let bytes) = result.outcome else { throw Unexpected(result.outcome) }
    return try JSON.decode(from: bytes)
  }

  /// Invokes and expects a failure.
  func failure(_ event: JSONValue) async throws -> (FunctionFailure, InvocationResult) {
    let result = try await invoke(event)
    guard case .failure(let failure) = result.outcome else { throw Unexpected(result.outcome) }
    return (failure, result)
  }

  func close() async throws {
    await host.shutdown()
    try FileManager.default.removeItem(atPath: folder)
  }

  struct Unexpected: Error {
    var outcome: InvocationOutcome
    init(_ outcome: InvocationOutcome) { self.outcome = outcome }
  }
}

func withHost(
  _ start: Start = .alone, mode: String = "", timeout: Duration = .seconds(20), memory: Int = 256,
  environments: Int = 1,
  environment: [String: String] = [:], isConfined: Bool = false, storage: Int? = nil, niceness: Int = 0,
  group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton,
  configure: (inout HostConfiguration) -> Void = { _ in }, _ body: (TestHost) async throws -> Void
) async throws {
  let host = try TestHost(
    start, mode: mode, timeout: timeout, memory: memory, environments: environments, environment: environment,
    isConfined: isConfined, storage: storage, niceness: niceness, group: group, configure: configure)
  do {
    try await body(host)
  } catch {
    try await host.close()
    throw error
  }
  try await host.close()
}

/// Remembers what a host told.
final class Observed: HostObserver {
  private let lines = Mutex<[LogLine]>([])
  private let ends = Mutex<[EnvironmentEnd]>([])

  var log: [LogLine] { lines.withLock { $0 } }
  var environmentEnds: [EnvironmentEnd] { ends.withLock { $0 } }

  func log(_ line: LogLine) { lines.withLock { $0.append(line) } }
  func environmentEnded(function: String, reason: EnvironmentEnd) { ends.withLock { $0.append(reason) } }
}

/// Whether a process exists and is no zombie.
func isRunning(_ pid: pid_t) -> Bool {
  guard let text = try? String(contentsOf: URL(filePath: "/proc/\(pid)/stat"), encoding: .utf8) else { return false }
  return text.split(separator: ")").last?.split(separator: " ").first != "Z"
}

/// The fork servers that this process has started for an executable, ended ones that were not waited for included.
func forkServers(of executable: String) -> [pid_t] {
  let items = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
  return items.compactMap { pid_t($0) }.filter { pid in
    guard let stat = try? String(contentsOf: URL(filePath: "/proc/\(pid)/stat"), encoding: .utf8) else { return false }
    let fields = stat.split(separator: ")").last?.split(separator: " ") ?? []
    guard stat.contains("(fork-server)"), fields.count > 1, fields[1] == "\(getpid())" else { return false }
    let command = (try? Data(contentsOf: URL(filePath: "/proc/\(pid)/cmdline"))) ?? Data()
    return command.isEmpty || command.starts(with: Data(executable.utf8))
  }
}

/// Waits until `condition` holds, within bounds.
func eventually(_ condition: () -> Bool) async throws -> Bool {
  for _ in 0..<6000 {
    if condition() { return true }
    try await Task.sleep(for: .milliseconds(10))
  }
  return condition()
}
