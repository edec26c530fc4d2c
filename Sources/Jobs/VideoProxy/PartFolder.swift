import Core
import FoundationEssentials
import Glibc
import MP4
package import MediaTypes

/// The parts of a proxy that are finished, beside the file that they become.
package struct PartFolder: Sendable {
  package let path: String

  /// What the parts belong to; others are thrown away.
  private struct Identity: Codable, Equatable {
    var source: String
    var size: Int64
    var modified: Double
    var plan: ProxyPlan
  }

  /// Makes the folder, or takes the one that a former run for the same file and plan left.
  ///
  /// - Parameters:
  ///   - output: absolute path of the file that is made.
  ///   - source: path of the video.
  /// - Throws: `MediaError` if the video cannot be read; errors of Foundation if the folder cannot be written.
  package init(output: String, source: String, plan: ProxyPlan) throws {
    path = output + ".parts"
    var status = stat()
    guard stat(source, &status) == 0 else { throw MediaError(.invalidRequest, "cannot read '\(source)'") }
    let identity = Identity(
      source: source, size: Int64(status.st_size),
      modified: Double(status.st_mtim.tv_sec) + Double(status.st_mtim.tv_nsec) / 1e9, plan: plan)
    let file = URL(filePath: "\(path)/plan.json")
    if let found = try? Data(contentsOf: file), let known = try? JSON.decode(Identity.self, from: Array(found)),
      known == identity
    {
      return
    }
    try? FileManager.default.removeItem(atPath: path)
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    try Data(try JSON.encode(identity)).write(to: file)
  }

  package func path(_ part: ProxyPart) -> String { "\(path)/\(part.name).part" }
  package func progressPath(_ part: ProxyPart) -> String { "\(path)/\(part.name).progress" }

  /// Where the event is while the part is made.
  package func orderPath(_ part: ProxyPart) -> String { "\(path)/\(part.name).json" }

  package func isFinished(_ part: ProxyPart) -> Bool { access(path(part), R_OK) == 0 }

  /// 0 ... 1.
  package func progress(_ plan: ProxyPlan) -> Double {
    let done = plan.parts.reduce(0.0) { sum, part in
      if isFinished(part) { return sum + part.cost }
      guard part.seconds > 0, let text = try? Data(contentsOf: URL(filePath: progressPath(part))),
        let seconds = Double(String(decoding: text, as: UTF8.self))
      else { return sum }
      return sum + part.cost * min(1, max(0, seconds / part.seconds))
    }
    return plan.cost > 0 ? done / plan.cost : 0
  }

  /// Writes the file, complete or not at all.
  ///
  /// - Returns: how many frames it has.
  package func join(_ plan: ProxyPlan, to output: String) throws -> Int {
    let parts = try plan.parts.map { ($0.isVideo, try TrackPart(FileByteSource(path: path($0)))) }
    let file = try JoinedFile(video: parts.filter(\.0).map(\.1), audio: parts.filter { !$0.0 }.map(\.1))
    let unfinished = output + ".unfinished"
    let descriptor = open(unfinished, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw failure(unfinished) }
    defer { close(descriptor) }
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
    defer { buffer.deallocate() }
    var offset: Int64 = 0
    while offset < file.size {
      let count = try file.read(at: offset, into: buffer)
      var done = 0
      while done < count {
        let written = write(descriptor, buffer.baseAddress! + done, count - done)
        if written > 0 { done += written } else if errno != EINTR { throw failure(unfinished) }
      }
      offset += Int64(count)
    }
    guard fsync(descriptor) == 0, rename(unfinished, output) == 0 else { throw failure(output) }
    return file.pictures
  }

  private func failure(_ path: String) -> MediaError {
    MediaError(.encodeFailed, "cannot write '\(path)': \(String(cString: strerror(errno)))")
  }

  package func remove() { try? FileManager.default.removeItem(atPath: path) }
}
