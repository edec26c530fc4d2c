import Checksums
package import Core
import Encodings
package import MediaJobs
import MediaTypes
import ObjectStore

/// The SHA-256 of files, and which files of a library are the same.
package struct FileHashing: Sendable {
  let services: LibraryServices
  private let processor: WorkBudget.ProcessorLimit?
  private var store: LibraryStore { services.store }

  private static let processorName = "HashCpuTimeLimit"

  /// - Parameter processorTime: seconds of CPU time that one file may take. `nil` for no limit. Default 600.
  package init(services: LibraryServices, processorTime: Int? = 600) {
    self.services = services
    processor = processorTime.map { WorkBudget.ProcessorLimit(seconds: $0, setting: Self.processorName) }
  }

  package init(services: LibraryServices, environment: inout EnvironmentReader) {
    self.init(
      services: services, processorTime: environment.limit(Self.processorName, default: 600, in: 1...86_400))
  }

  /// - Parameter allowance: What the invocation allows.
  /// - Throws: what another try may mend.
  package func process(
    _ event: LibraryEvent, within allowance: InvocationAllowance = InvocationAllowance()
  ) async throws {
    guard let record = try await store.record(of: event.file), record.version == event.version,
      let key = record.objectKey
    else { return }
    let digest: String
    if let known = record.sha256 {
      digest = known
    } else {
      guard let info = try await store.documents.head(key, in: store.buckets.library) else { return }
      let source = try store.objects.open(key, in: store.buckets.library, info: info)
      do {
        let budget = allowance.budget("computing the file's SHA-256", processor: processor)
        digest = try await budget.run(name: "hash") { try Self.digest(of: source, $0) }
      } catch let error as MediaError {
        return try await fail(event, error.message)
      }
    }
    let other = try await store.register(digest, of: event.file)
    try await store.update(event.file, version: event.version) { record in
      record.sha256 = digest
      record.hashError = nil
      record.duplicateOf = other
    }
    guard let other else { return }
    try await store.update(FileIdentity(libraryID: event.file.libraryID, fileID: other)) { record in
      guard record.duplicateOf == nil else { return false }
      record.duplicateOf = event.file.fileID
      return true
    }
  }

  /// Writes down that the file has no SHA-256.
  package func fail(_ event: LibraryEvent, _ reason: String) async throws {
    try await store.update(event.file, version: event.version) { $0.hashError = reason }
  }

  private static func digest(of source: any ByteSource, _ cancellation: CancellationFlag) throws -> String {
    defer { source.close() }
    let stream = DigestStream(.sha256)
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    var position: Int64 = 0
    while position < source.size {
      try cancellation.check()
      let count = try buffer.withUnsafeMutableBytes { try source.read(at: position, into: $0) }
      guard count > 0 else { break }
      stream.update(Array(buffer[..<count]))
      position += Int64(count)
    }
    return stream.finalize().hexString
  }
}

/// The files of a library by content: an object per digest.
private struct SameContent: Codable, Sendable {
  var files: [String]
}

extension LibraryStore {
  private func hashKey(_ digest: String, _ libraryID: String) -> String { "index/sha256/\(libraryID)/\(digest).json" }

  /// Notes that a file has that content.
  ///
  /// - Returns: another file that has it.
  func register(_ digest: String, of file: FileIdentity) async throws -> String? {
    let key = hashKey(digest, file.libraryID)
    for round in 0..<Self.maximumRounds {
      let stored = try await documents.read(SameContent.self, at: key, in: buckets.library)
      var same = stored?.value ?? SameContent(files: [])
      let other = same.files.first { $0 != file.fileID }
      if same.files.contains(file.fileID) { return other }
      same.files.append(file.fileID)
      if try await documents.write(same, at: key, in: buckets.library, if: .replacing(stored?.etag)) != nil {
        return other
      }
      try await pause(round)
    }
    throw Contended(key: key)
  }

  /// The file's content goes or is replaced: the others of the same content no longer name it.
  func forgetHash(of record: FileRecord) async throws {
    guard let digest = record.sha256 else { return }
    let key = hashKey(digest, record.libraryId)
    var others: [String] = []
    for round in 0..<Self.maximumRounds {
      guard let stored = try await documents.read(SameContent.self, at: key, in: buckets.library),
        let same = stored.value
      else { return }
      others = same.files.filter { $0 != record.id }
      guard others.count < same.files.count else { break }
      let rest = SameContent(files: others)
      if try await documents.write(rest, at: key, in: buckets.library, if: .unchanged(stored.etag)) != nil { break }
      try await pause(round)
    }
    for (index, other) in others.enumerated() {
      try await update(FileIdentity(libraryID: record.libraryId, fileID: other)) { other in
        guard other.duplicateOf == record.id else { return false }
        other.duplicateOf = others.count > 1 ? others[index == 0 ? 1 : 0] : nil
        return true
      }
    }
  }
}
