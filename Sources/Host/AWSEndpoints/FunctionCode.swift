import Checksums
import Core
import Encodings
import FoundationEssentials
import Glibc
import Synchronization

/// One state of a function's code, by its executable: what stands for a deployment package on one machine.
struct FunctionCode: Sendable {
  /// Bytes.
  var size: Int64
  /// SHA-256 of the bytes.
  var digest: [UInt8]
  /// As Lambda writes it: `2026-01-02T03:04:05.678+0000`.
  var modified: String
  /// In the form of a UUID; another one for each state.
  var revision: String
}

/// Functions' code, read once for each state of an executable. Known states are told apart by path, size and time.
final class FunctionCodes: Sendable {
  private struct State: Hashable {
    var size: Int64 = 0
    var seconds = 0
    var nanoseconds = 0

    init(of executable: String) {
      var status = stat()
      guard stat(executable, &status) == 0 else { return }
      (size, seconds, nanoseconds) = (Int64(status.st_size), status.st_mtim.tv_sec, status.st_mtim.tv_nsec)
    }
  }

  /// One for each executable: as many as there are functions.
  private let known = Mutex<[String: (state: State, code: FunctionCode)]>([:])

  /// Reads what is not known yet on a thread of its own.
  ///
  /// - Parameter executable: A path. A file that cannot be read is described as an empty one.
  /// - Throws: `DedicatedThread.StartError`.
  func code(of executable: String) async throws -> FunctionCode {
    let state = State(of: executable)
    if let found = known.withLock({ $0[executable] }), found.state == state { return found.code }
    let digest = try await DedicatedThread.run(name: "digest") { Self.digest(of: executable) }
    let code = FunctionCode(executable, state.size, digest, seconds: state.seconds, nanoseconds: state.nanoseconds)
    known.withLock { $0[executable] = (state, code) }
    return code
  }

  private static func digest(of executable: String) -> [UInt8] {
    let digest = DigestStream(.sha256)
    guard let file = try? FileByteSource(path: executable) else { return digest.finalize() }
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
    defer { buffer.deallocate() }
    var offset: Int64 = 0
    while let count = try? file.read(at: offset, into: buffer), count > 0 {
      digest.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
      offset += Int64(count)
    }
    return digest.finalize()
  }
}

extension FunctionCode {
  fileprivate init(_ executable: String, _ size: Int64, _ digest: [UInt8], seconds: Int, nanoseconds: Int) {
    self.size = size
    self.digest = digest
    let time = Date(timeIntervalSince1970: Double(seconds) + Double(nanoseconds) / 1e9)
    modified = time.iso8601(milliseconds: true).dropLast() + "+0000"
    var rest = Digest.sha256(Array("\(executable)\n\(size)\n\(seconds).\(nanoseconds)".utf8)).hexString[...]
    var parts: [Substring] = []
    for length in [8, 4, 4, 4, 12] {
      parts.append(rest.prefix(length))
      rest = rest.dropFirst(length)
    }
    revision = parts.joined(separator: "-")
  }
}
