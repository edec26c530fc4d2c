import Core
import FoundationEssentials
import Glibc

/// Which shared libraries a program would be started with: what the dynamic loader itself says, as `ldd` shows it.
enum SharedLibraries {
  struct Found {
    /// By their names, the files that were found for them.
    var paths: [String: String] = [:]
    var missing: [String] = []
  }

  /// Nothing of the program runs. Blocks for milliseconds.
  ///
  /// - Returns: nil if the file is no program of the loader's: a script, or one that is complete by itself.
  static func of(_ path: String) -> Found? {
    guard hasLoader(path) else { return nil }
    var variables = ProcessEnvironment.variables
    variables["LD_TRACE_LOADED_OBJECTS"] = "1"
    guard let ends = try? FunctionProcess.pipe() else { return nil }
    let null = open("/dev/null", O_RDONLY | O_CLOEXEC)
    defer {
      close(null)
      close(ends.read)
    }
    guard let process = try? FunctionProcess.spawn(path, variables, input: null, output: ends.write) else {
      close(ends.write)
      return nil
    }
    close(ends.write)
    let said = String(decoding: FunctionProcess.readAll(ends.read), as: UTF8.self)
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0, errno == EINTR {}
    return parse(said)
  }

  /// `libz.so.1 => /lib/x86_64-linux-gnu/libz.so.1 (0x…)`, or `libz.so.1 => not found`.
  static func parse(_ text: String) -> Found {
    var found = Found()
    for line in text.split(separator: "\n") {
      let words = line.split { $0 == " " || $0 == "\t" }
      guard words.count >= 3, words[1] == "=>" else { continue }
      if words[2] == "not" {
        found.missing.append(String(words[0]))
      } else {
        found.paths[String(words[0])] = String(words[2])
      }
    }
    return found
  }

  /// Whether it is an ELF file (64 bits) with a segment that names a loader. Others would run.
  private static func hasLoader(_ path: String) -> Bool {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    let head = [UInt8](unsafeUninitializedCapacity: 4096) { buffer, count in
      count = max(0, read(descriptor, buffer.baseAddress, buffer.count))
    }
    guard head.count >= 64, head.starts(with: [0x7F, 0x45, 0x4C, 0x46, 2, 1]) else { return false }
    func number(_ offset: Int, _ bytes: Int) -> Int {
      head[offset..<(offset + bytes)].reversed().reduce(0) { $0 << 8 | Int($1) }
    }
    let (start, size, count) = (number(32, 4), number(54, 2), number(56, 2))
    guard size >= 56, start + size * count <= head.count else { return false }
    return (0..<count).contains { number(start + $0 * size, 4) == 3 }
  }
}
