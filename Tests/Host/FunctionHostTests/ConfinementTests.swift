import Core
import FoundationEssentials
import FunctionHost
import Processes
import Glibc
import Testing

@Suite struct ConfinementTests {
  /// A host whose function is confined, with a data folder that it must not reach: all but its own temporary folder.
  private func withConfined(_ start: Start, _ body: (TestHost, _ data: String) async throws -> Void) async throws {
    try await withHost(
      start, isConfined: true,
      configure: {
        let data = $0.temporaryFolder.dropLast("/tmp".count) + "/data"
        $0.temporaryFolder = "\(data)/tmp"
        $0.hiddenFolders = ["\(data)"]
        $0.sharedFolders = ["\(data)/scratch"]
        for name in ["tmp", "scratch", "objects"] {
          try? FileManager.default.createDirectory(atPath: "\(data)/\(name)", withIntermediateDirectories: true)
          _ = FileManager.default.createFile(atPath: "\(data)/\(name)/file", contents: Data("x".utf8))
        }
        _ = FileManager.default.createFile(atPath: "\(data)/secrets.json", contents: Data("{}".utf8))
      }
    ) { try await body($0, "\($0.folder)/data") }
  }

  private func reached(_ host: TestHost, _ paths: [(String, String)]) async throws -> [String: String] {
    let list = paths.map { JSONValue.array([.string($0.0), .string($0.1)]) }
    let result = try await host.result(["do": "reach", "paths": .array(list)])
    return (result["reached"]?.objectValue ?? [:]).compactMapValues(\.stringValue)
  }

  @Test(
    "a confined function reaches nothing of the data folder but its own temporary folder and what is shared with it",
    .enabled(if: Confinement.kernelVersion > 0, "this kernel has no Landlock"), arguments: Start.allCases)
  func dataFolder(start: Start) async throws {
    try await withConfined(start) { host, data in
      let own = try await host.result(["do": "environment"])["environment"]?["TMPDIR"]?.stringValue ?? ""
      #expect(own.hasPrefix("\(data)/tmp/"))
      let forbidden = [
        ("read", "\(data)/secrets.json"), ("read", "\(data)/objects/file"), ("list", data), ("list", "\(data)/objects"),
        ("write", "\(data)/objects/new"), ("write", "\(data)/scratch/new"), ("list", "\(data)/tmp"),
        ("write", "\(host.folder)/new"),
        ("write", "/tmp/zoetrope-new"), ("read", "/proc/\(getpid())/mem"),
        ("read", "/proc/\(getpid())/environ"), ("signal", "\(getpid())"),
      ]
      let allowed = [
        ("write", "\(own)/new"), ("read", "\(own)/new"), ("list", own), ("read", "\(data)/scratch/file"),
        ("read", "\(host.folder)/bootstrap"), ("read", "/etc/hosts"), ("read", "/usr/bin/env"), ("run", "/bin/true"),
        ("write", "/dev/null"), ("read", "/dev/urandom"), ("read", "/proc/self/environ"), ("list", "/etc/ssl"),
      ]
      let found = try await reached(host, forbidden + allowed)
      let canSignal = Confinement.kernelVersion < 6
      for (way, path) in forbidden where !(way == "signal" && canSignal) {
        #expect(["Permission denied", "Operation not permitted"].contains(found["\(way) \(path)"]), "\(way) \(path)")
      }
      for (way, path) in allowed { #expect(found["\(way) \(path)"] == "yes", "\(way) \(path)") }
    }
  }

  @Test("a confined function gains no privileges, and keeps none of root's but for files", arguments: Start.allCases)
  func privileges(start: Start) async throws {
    try await withConfined(start) { host, _ in
      let result = try await host.result(["do": "privileges"])
      #expect(result["noNewPrivileges"] == .bool(true))
      #expect(result["capabilities"] == .array([]))
    }
  }

  @Test("a function of one's own reaches what the host reaches")
  func notConfined() async throws {
    try await withHost { host in
      let file = "\(host.folder)/file"
      let found = try await reached(host, [("write", file)])
      #expect(found == ["write \(file)": "yes"])
      let privileges = try await host.result(["do": "privileges"])
      #expect(privileges["noNewPrivileges"] == .bool(false))
    }
  }

  @Test("a folder that contains what is hidden is given entry by entry")
  func hiddenBeneath() {
    let tree = ["/srv": ["app", "data", "web"], "/srv/app": ["bin", "data", "database"]]
    func visible(_ root: String, _ hidden: String) -> [String] {
      Confinement.visible(beneath: root, without: hidden) { tree[$0] ?? [] }
    }
    #expect(visible("/usr", "/srv/app/data") == ["/usr"])
    #expect(visible("/srv", "/srv/app/data") == ["/srv/app/bin", "/srv/app/database", "/srv/data", "/srv/web"])
    #expect(visible("/srv/app/database", "/srv/app/data") == ["/srv/app/database"])
    #expect(visible("/srv/app/data", "/srv/app/data") == [])
    // What lies in it is named by itself.
    #expect(visible("/srv/app/data/bin", "/srv/app/data") == ["/srv/app/data/bin"])
  }
}
