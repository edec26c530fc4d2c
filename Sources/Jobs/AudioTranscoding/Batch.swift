import Audio
import Core
import Encodings
import MediaTypes

/// Several files into one ZIP file, which is sent while later files are still encoded.
///
/// A file that fails is named in `errors.json`, the last entry; the others are not affected.
struct Batch: Sendable {
  /// Files of one request at most.
  static let maximumFiles = 100

  /// One file of the batch.
  struct Item: Sendable {
    let upload: Upload
    /// The finished file, if there was one already.
    let finished: (any ByteSource)?
    /// Where the finished file is written; a scratch file without a name for `nil`.
    let path: String?
  }

  let items: [Item]
  let target: TranscodeTarget
  let scratch: String
  /// Writes the finished file of an upload.
  let make: @Sendable (any ByteSource, FileSink, CancellationFlag) throws -> Void
  /// Told of each file that has been written to its path, by its place in the batch.
  let onMade: @Sendable (Int) -> Void

  struct Failed: Codable, Equatable {
    var file: String
    var error: String
  }

  /// Blocks; belongs on a thread of its own.
  ///
  /// - Returns: how many files failed.
  func run(to sink: any AudioSink, cancellation: CancellationFlag) throws -> Int {
    let zip = try ZIPStream(sink)
    var names = UniqueNames(reserved: ["errors.json"])
    var failed: [Failed] = []
    for (number, item) in items.enumerated() {
      let name = { names.unique(ResultName.name(of: item.upload.fileName, target: target)) }
      if let finished = item.finished {
        defer { finished.close() }
        try zip.add(name(), size: finished.size) { try Self.copy(finished, to: $0) }
        continue
      }
      let file = try item.path.map { try FileSink(path: $0) } ?? FileSink.scratch(in: scratch)
      do {
        try make(item.upload.source, file, cancellation)
      } catch {
        try cancellation.check()
        failed.append(Failed(file: item.upload.fileName ?? "", error: TranscodeProblem(of: error).message))
        continue
      }
      try file.flush()
      try zip.add(name(), size: file.size) { try file.copy(to: $0) }
      if item.path != nil { onMade(number) }
    }
    if !failed.isEmpty {
      let report = try JSON.encode(failed, pretty: true)
      try zip.add("errors.json", size: Int64(report.count)) { sink in try report.withUnsafeBytes { try sink.write($0) }
      }
    }
    try zip.finish()
    return failed.count
  }

  private static func copy(_ source: any ByteSource, to sink: any AudioSink) throws {
    var block = [UInt8](repeating: 0, count: 1 << 18)
    var position: Int64 = 0
    while position < source.size {
      let count = try block.withUnsafeMutableBytes { try source.read(at: position, into: $0) }
      guard count > 0 else { throw MediaError(.truncated, "a finished file ends early") }
      try block.withUnsafeBytes { try sink.write(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
      position += Int64(count)
    }
  }
}
