import CProcess
import Core
import FoundationEssentials
import Glibc
import LocalRuntime
import LocalStorage
import SAMTemplate
import Terminals

/// Looks at everything that a runtime on this machine needs. Changes nothing.
package struct Examination {
  /// nil: the one that `Installation.template` finds.
  private let template: String?
  private let functionsFolder: String
  private let dataFolder: String
  /// The three ports of `zoetrope up`.
  private let ports: [Int]

  /// - Parameters:
  ///   - functions: folder of their programs; nil: the program's own.
  ///   - data: absolute path.
  package init(template: String?, functions: String?, data: String, ports: [Int]) {
    self.template = template
    functionsFolder = functions.map(FilePath.absolute) ?? Installation.programFolder
    dataFolder = data
    self.ports = ports
  }

  /// - Parameter scratch: an empty folder, for code that has to be unpacked.
  package func run(scratch: String) -> [Diagnosis] {
    [program] + installation(scratch) + [certificates] + ports.map(port) + data + limits + [isolation]
  }

  private var program: Diagnosis {
    let commit = Installation.commit.map { " (commit \($0))" } ?? ""
    return .ok("program", "zoetrope \(Version.number)\(commit) in \(Installation.programFolder)")
  }

  // MARK: Template, functions, libraries

  private func installation(_ scratch: String) -> [Diagnosis] {
    let path: String
    let loaded: Template
    do {
      path = try Installation.template(template)
      loaded = try LocalRuntime.check(
        LocalRuntimeConfiguration(
          dataFolder: scratch, templatePath: path, parameters: [:], functionsFolder: functionsFolder), scratch: scratch)
    } catch {
      return [.problem("template", Reason.of(error))]
    }
    return [.ok("template", "\(path), \(loaded.functions.count) functions")] + libraries(of: loaded)
  }

  /// One line for each program that the template's functions are handlers of.
  private func libraries(of template: Template) -> [Diagnosis] {
    let names = Set(template.functions.compactMap { $0.codeURI.split(separator: "/").last.map(String.init) })
    return names.sorted().compactMap { name in
      let path = "\(functionsFolder)/\(name)"
      guard access(path, X_OK) == 0, let found = SharedLibraries.of(path) else { return nil }
      guard found.missing.isEmpty else {
        return .problem(
          "function",
          "\(name) lacks \(found.missing.joined(separator: ", ")); install the Debian packages that bring them")
      }
      let shown = ["libavcodec", "libvips", "libx264", "libmp3lame"].compactMap { version(of: $0, in: found) }
      return .ok("function", ([name] + shown).joined(separator: ", "))
    }
  }

  /// `libvips 42.16.1`, by the name of the file that the library's name leads to.
  private func version(of library: String, in found: SharedLibraries.Found) -> String? {
    guard let path = found.paths.first(where: { $0.key.hasPrefix("\(library).so") })?.value,
      let real = realpath(path, nil)
    else { return nil }
    defer { free(real) }
    let name = String(cString: real).split(separator: "/").last ?? ""
    guard name.hasPrefix("\(library).so.") else { return library }
    return "\(library) \(name.dropFirst(library.count + 4))"
  }

  private var certificates: Diagnosis {
    let path = "/etc/ssl/certs/ca-certificates.crt"
    return access(path, R_OK) == 0
      ? .ok("certificates", path)
      : .warning("certificates", "there is no \(path): https addresses cannot be fetched; install ca-certificates")
  }

  // MARK: Ports

  private func port(_ number: Int) -> Diagnosis {
    let own = DataFolderAddresses.read(folder: dataFolder).map { [$0.endpoint, $0.admin, $0.api] } ?? []
    guard isTaken(number) else { return .ok("port \(number)", "free") }
    return own.contains { $0.hasSuffix(":\(number)") }
      ? .ok("port \(number)", "in use by this data folder's runtime")
      : .warning(
        "port \(number)", "in use by another program; choose another one with --port, --web-port or --api-port")
  }

  private func isTaken(_ port: Int) -> Bool {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    var reuse: Int32 = 1
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &reuse, socklen_t(MemoryLayout<Int32>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(UInt16(clamping: port)).bigEndian
    address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
    let result = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    return result != 0 && errno == EADDRINUSE
  }

  // MARK: Data folder

  private var data: [Diagnosis] {
    let path = dataFolder
    let existing = nearestFolder(path)
    var kind = stat()
    guard stat(existing, &kind) == 0, kind.st_mode & S_IFMT == S_IFDIR else {
      return [.problem("data folder", "'\(existing)' is no folder; name another one with --data")]
    }
    guard access(existing, W_OK) == 0 else {
      return [.problem("data folder", "'\(existing)' cannot be written; name another folder with --data")]
    }
    let state = existing == path ? path : "\(path), made at the first start"
    var status = statvfs()
    guard statvfs(existing, &status) == 0 else { return [.ok("data folder", state)] }
    let free = Double(status.f_bavail) * Double(status.f_frsize)
    return [
      .ok("data folder", state),
      .amount(
        "disk", free, warningBelow: 4 * 1_073_741_824, problemBelow: 536_870_912, "\(ProgressLine.bytes(free)) free",
        advice: "free space, or name a folder on another disk with --data"),
    ]
  }

  private func nearestFolder(_ path: String) -> String {
    var path = path
    while path != "/", access(path, F_OK) != 0 {
      path = path.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" }
      if path.isEmpty { path = "/" }
    }
    return path
  }

  // MARK: Limits

  private var limits: [Diagnosis] {
    var files = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &files)
    let processors = ProcessInfo.processInfo.activeProcessorCount
    let memory = Double(sysconf(Int32(_SC_PHYS_PAGES))) * Double(sysconf(Int32(_SC_PAGESIZE)))
    return [
      .amount(
        "open files", Double(files.rlim_max), warningBelow: 16_384, problemBelow: 1024, "\(files.rlim_max) at most",
        advice: "raise the hard limit (LimitNOFILE in a systemd unit)"),
      .ok("processors", "\(processors)"),
      .amount(
        "memory", memory, warningBelow: 1_900_000_000, problemBelow: 450_000_000, ProgressLine.bytes(memory),
        advice: "2 GiB let functions run side by side"),
    ]
  }

  private var isolation: Diagnosis {
    let version = cprocess_landlock_version()
    return version > 0
      ? .ok("isolation", "Landlock version \(version): functions cannot reach the data folder")
      : .warning("isolation", "this kernel has no Landlock: functions can read what their user can read")
  }
}
