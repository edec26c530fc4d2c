import Foundation

/// Runs the system's `ffmpeg` and `ffprobe`, which make the test videos and say what is right.
package enum Tool {
  package struct Failure: Error, CustomStringConvertible {
    package let description: String

    package init(description: String) { self.description = description }
  }

  /// - Returns: what the tool wrote to standard output.
  @discardableResult
  package static func run(_ name: String, _ arguments: [String]) throws -> [UInt8] {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [name] + arguments
    let folder = try Scratch()
    let (out, error) = (folder.path("out"), folder.path("error"))
    for file in [out, error] { _ = FileManager.default.createFile(atPath: file, contents: nil) }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try FileHandle(forWritingTo: URL(filePath: out))
    process.standardError = try FileHandle(forWritingTo: URL(filePath: error))
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      let text = try String(contentsOfFile: error, encoding: .utf8)
      throw Failure(description: "\(name) \(arguments.joined(separator: " ")) failed: \(text.suffix(600))")
    }
    return try [UInt8](Data(contentsOf: URL(filePath: out)))
  }

  package static func ffmpeg(_ arguments: [String]) throws {
    try run("ffmpeg", ["-v", "error", "-nostdin", "-y"] + arguments)
  }
}

/// A folder that lives as long as its owner.
package final class Scratch: Sendable {
  private let folder: String

  package init() throws {
    folder = NSTemporaryDirectory() + "/media-tests-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  package func path(_ name: String) -> String { folder + "/" + name }

  package func write(_ bytes: [UInt8], as name: String) throws -> String {
    try Data(bytes).write(to: URL(filePath: path(name)))
    return path(name)
  }
}
