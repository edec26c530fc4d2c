import CProcess
import Glibc

/// What a process can reach of the file system, and that nothing it runs gains privileges: Landlock and
/// `PR_SET_NO_NEW_PRIVS`. A kernel without Landlock leaves the second one.
package struct Confinement: Sendable, Equatable {
  /// Folders and files that are read, and whose programs are run.
  package var readable: [String]
  /// Folders in which everything is allowed.
  package var writable: [String]

  /// The version of Landlock that the kernel has; 0: none.
  package static var kernelVersion: Int { Int(cprocess_landlock_version()) }

  /// What every program needs: libraries, certificates, names of hosts, what the kernel says about itself.
  private static let system = [
    "/usr", "/lib", "/lib32", "/lib64", "/bin", "/sbin", "/proc", "/sys/devices/system", "/sys/fs/cgroup",
    "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/ssl", "/etc/pki", "/etc/ca-certificates",
    "/etc/resolv.conf", "/etc/hosts", "/etc/host.conf", "/etc/nsswitch.conf", "/etc/gai.conf", "/etc/services",
    "/etc/protocols", "/etc/passwd", "/etc/group", "/etc/localtime", "/etc/timezone", "/etc/fonts", "/etc/mime.types",
    "/run/systemd/resolve", "/run/resolvconf", "/run/NetworkManager", "/var/cache/fontconfig",
  ]
  private static let devices = ["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty"]

  /// A function's process.
  ///
  /// - Parameters:
  ///   - executable: its program.
  ///   - codeFolder: what belongs to the program.
  ///   - shared: folders that it may read besides.
  ///   - temporaryFolder: its own.
  ///   - hidden: what it must not reach, even if one of the others contains it; `shared` and `temporaryFolder` may lie in it.
  package init(executable: String, codeFolder: String, shared: [String], temporaryFolder: String, hidden: [String]) {
    let hidden = hidden.map(Self.real)
    let roots = (Self.system + Self.foldersOfLibraries + [codeFolder]).map(Self.real) + [Self.real(executable)]
    readable =
      roots.flatMap { root in
        hidden.reduce([root]) { roots, hidden in roots.flatMap { Self.visible(beneath: $0, without: hidden) } }
      } + shared
    writable = [temporaryFolder]
  }

  /// A folder, or what is in it instead if something beneath it must not be reached. Links are left out then: they could
  /// lead there.
  ///
  /// - Parameter entries: of a folder, without links; replaced by tests.
  package static func visible(
    beneath root: String, without hidden: String, entries: (String) -> [String] = Confinement.entries
  ) -> [String] {
    guard hidden == root || hidden.hasPrefix(root == "/" ? root : root + "/") else { return [root] }
    if hidden == root { return [] }
    return entries(root).flatMap { name in
      visible(beneath: root == "/" ? "/\(name)" : "\(root)/\(name)", without: hidden, entries: entries)
    }
  }

  package static func entries(_ folder: String) -> [String] {
    guard let stream = opendir(folder) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let item = readdir(stream) {
      let name = withUnsafePointer(to: &item.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      var status = stat()
      guard name != ".", name != "..", lstat("\(folder)/\(name)", &status) == 0,
        status.st_mode & S_IFMT != S_IFLNK
      else { continue }
      names.append(name)
    }
    return names.sorted()
  }

  /// Links resolved; as it is if it does not exist.
  private static func real(_ path: String) -> String {
    guard let found = realpath(path, nil) else { return path }
    defer { free(found) }
    return String(cString: found)
  }

  /// Where this program's own libraries are: a build for debugging needs the toolchain's, and so do its functions.
  private static let foldersOfLibraries: [String] = {
    guard let maps = fopen("/proc/self/maps", "r") else { return [] }
    defer { fclose(maps) }
    var folders: Set<String> = []
    var line: UnsafeMutablePointer<CChar>?
    var capacity = 0
    defer { free(line) }
    while getline(&line, &capacity, maps) > 0 {
      guard let line else { break }
      let text = String(cString: line)
      guard text.contains(".so"), let start = text.firstIndex(of: "/"), let end = text.lastIndex(of: "/"), start < end
      else { continue }
      folders.insert(String(text[start..<end]))
    }
    return folders.filter { !$0.hasPrefix("/usr/") && !$0.hasPrefix("/lib/") }.sorted()
  }()

  /// Makes the set of rules for one process.
  ///
  /// - Returns: its descriptor, below 0 if the kernel has no Landlock; and 0, or an errno.
  func ruleset() -> (descriptor: Int32, error: Int32) {
    guard Self.kernelVersion > 0 else { return (-1, 0) }
    var descriptor: Int32 = -1
    let error = withCStrings(readable) { readable in
      withCStrings(writable) { writable in
        withCStrings(Self.devices) { devices in cprocess_ruleset(readable, writable, devices, &descriptor) }
      }
    }
    return (descriptor, error)
  }
}
