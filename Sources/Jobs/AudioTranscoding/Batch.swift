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

  let transcoder: Transcoder
  let uploads: [Upload]

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
    for upload in uploads {
      let file = try FileSink.scratch(in: transcoder.scratch)
      do {
        _ = try transcoder.run(upload.source, to: file, cancellation: cancellation)
      } catch {
        try cancellation.check()
        failed.append(Failed(file: upload.fileName ?? "", error: TranscodeService.problem(error).message))
        continue
      }
      let name = names.unique(ResultName.name(of: upload.fileName, target: transcoder.target))
      try file.flush()
      try zip.add(name, size: file.size) { try file.copy(to: $0) }
    }
    if !failed.isEmpty {
      let report = try JSON.encode(failed, pretty: true)
      try zip.add("errors.json", size: Int64(report.count)) { sink in try report.withUnsafeBytes { try sink.write($0) }
      }
    }
    try zip.finish()
    return failed.count
  }
}
