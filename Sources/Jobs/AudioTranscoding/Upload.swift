import Audio
import AudioDecoding
import Checksums
import Encodings
package import Core
import FoundationEssentials
package import LambdaEvents
package import ObjectStore

/// The file that a request brought: in the event, or beside it.
package struct Upload: Sendable {
  package let fileName: String?
  package let source: any ByteSource
  /// Of the content, as hexadecimal digits; `nil` if it came in the event.
  package let sha256: String?
  /// The file that the host holds, `file://…`; `nil` if it came otherwise.
  let held: String?

  /// Finds the one part named `file`.
  ///
  /// - Parameter objects: where parts that are named by `s3://` are read from.
  /// - Throws: `TranscodeProblem` 400; errors of the store unchanged.
  package init(_ event: HTTPEvent, objects: (any ObjectStore)?) async throws {
    if event.requestContext.zoetrope?.parts != nil {
      let files = event.parts.filter { $0.name == "file" }
      let part = try Self.only(files)
      fileName = part.fileName
      sha256 = part.sha256
      held = part.url.hasPrefix("file://") ? part.url : nil
      source = try await Self.open(part.url, objects: objects)
    } else {
      let form = try Self.form(event)
      let part = try Self.only(form.parts.filter { $0.name == "file" })
      fileName = part.fileName
      sha256 = nil
      held = nil
      source = MemoryByteSource(part.body)
    }
    if source.size == 0 { throw TranscodeProblem(400, "the part named 'file' is empty") }
  }

  /// Every part named `file`, in order.
  ///
  /// - Throws: as the other initialiser does.
  static func all(_ event: HTTPEvent, objects: (any ObjectStore)?) async throws -> [Upload] {
    var uploads: [Upload] = []
    if event.requestContext.zoetrope?.parts != nil {
      for part in event.parts where part.name == "file" {
        let source = try await open(part.url, objects: objects)
        uploads.append(Upload(fileName: part.fileName, source: source, sha256: part.sha256))
      }
    } else {
      let form = try Self.form(event)
      uploads = form.parts.filter { $0.name == "file" }.map {
        Upload(fileName: $0.fileName, source: MemoryByteSource($0.body), sha256: nil)
      }
    }
    guard !uploads.isEmpty else { throw TranscodeProblem(400, "the body has no part named 'file'") }
    guard uploads.count <= Batch.maximumFiles else {
      throw TranscodeProblem(400, "a batch has \(Batch.maximumFiles) files at most, found \(uploads.count)")
    }
    return uploads
  }

  init(fileName: String?, source: any ByteSource, sha256: String?) {
    self.fileName = fileName
    self.source = source
    self.sha256 = sha256
    held = nil
  }

  /// SHA-256 of the content, as hexadecimal digits.
  ///
  /// - Throws: errors of the source.
  func contentDigest() async throws -> String {
    if let sha256 { return sha256 }
    let source = source
    return try await DedicatedThread.run(name: "digest") {
      let digest = DigestStream(.sha256)
      var block = [UInt8](repeating: 0, count: 1 << 20)
      var position: Int64 = 0
      while true {
        let count = try block.withUnsafeMutableBytes { try source.read(at: position, into: $0) }
        if count == 0 { return digest.finalize().hexString }
        block.withUnsafeBytes { digest.update(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
        position += Int64(count)
      }
    }
  }

  /// Looks at the beginning of the content, for requests whose answer does not wait until it is decoded.
  ///
  /// - Throws: `TranscodeProblem` 400 if it is not audio; errors of the source.
  func requireAudio() async throws {
    let source = source
    let beginning = try await DedicatedThread.run(name: "sniff") {
      var bytes = [UInt8](repeating: 0, count: Int(min(source.size, 64 << 10)))
      var filled = 0
      while filled < bytes.count {
        let count = try bytes.withUnsafeMutableBytes {
          try source.read(at: Int64(filled), into: UnsafeMutableRawBufferPointer(rebasing: $0[filled...]))
        }
        if count == 0 { break }
        filled += count
      }
      return Array(bytes.prefix(filled))
    }
    guard AudioSniffer.mayBeAudio(beginning, isWhole: Int64(beginning.count) == source.size) else {
      throw TranscodeProblem(400, "the file is not audio in any known container")
    }
  }

  private static func form(_ event: HTTPEvent) throws -> MultipartForm {
    do {
      return try MultipartForm(event.body ?? [], contentType: event.header("content-type"), isWhole: true)
    } catch {
      throw TranscodeProblem(400, error.message)
    }
  }

  private static func only<Part>(_ parts: [Part]) throws(TranscodeProblem) -> Part {
    guard let part = parts.first else { throw TranscodeProblem(400, "the body has no part named 'file'") }
    guard parts.count == 1 else {
      throw TranscodeProblem(400, "the body has \(parts.count) parts named 'file'; send one, or use /transcode/batch")
    }
    return part
  }

  private static func open(_ url: String, objects: (any ObjectStore)?) async throws -> any ByteSource {
    if url.hasPrefix("file://") { return try FileByteSource(path: String(url.dropFirst("file://".count))) }
    let parts = url.dropFirst("s3://".count).split(separator: "/", maxSplits: 1)
    guard url.hasPrefix("s3://"), parts.count == 2, let objects else {
      throw TranscodeProblem(500, "the upload cannot be read")
    }
    let (bucket, key) = (String(parts[0]), String(parts[1]))
    return try await objects.open(key, in: bucket, info: objects.head(key, in: bucket))
  }
}
