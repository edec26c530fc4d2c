import Core
package import ObjectStore
import S3Protocol

/// A job's documents below one prefix: `job.json`, and `parts/NUMBER.json` for each part.
package struct JobFolder: Sendable {
  package let documents: DocumentStore
  package let bucket: String
  /// Ends in `/`.
  package let prefix: String

  /// How often a document may change while it is changed here before this is given up for a later try.
  private static let maximumRounds = 16
  private static let readers = 16

  /// The document kept changing; another try helps.
  package struct Contended: ClassifiedError {
    package let key: String
    package var code: String { "JobContended" }
    package var message: String { "'\(key)' kept changing while it was written" }
    package var isRetryable: Bool { true }
  }

  package init(objects: any ObjectStore, bucket: String, prefix: String) {
    documents = DocumentStore(objects: objects)
    self.bucket = bucket
    self.prefix = prefix
  }

  package var documentKey: String { "\(prefix)job.json" }
  package var partsPrefix: String { "\(prefix)parts/" }
  package func partKey(_ number: Int) -> String { "\(partsPrefix)\(number).json" }

  /// - Returns: `false` if there is a job already.
  /// - Throws: `ObjectStoreError`.
  package func create(_ job: JobDocument) async throws -> Bool {
    try await documents.write(job, at: documentKey, in: bucket, if: .absent) != nil
  }

  /// The job's document; `nil` if there is none.
  package func document() async throws -> JobDocument? {
    try await documents.read(JobDocument.self, at: documentKey, in: bucket)?.value
  }

  /// Changes the document by a conditional write, as often as it takes.
  ///
  /// - Parameters:
  ///   - now: milliseconds since 1970.
  ///   - change: makes the change; `false` leaves the document as it is. May be called several times.
  /// - Returns: the document as it stands afterwards, and whether this call changed it; `nil` if there is none.
  /// - Throws: `Contended`, `ObjectStoreError`.
  package func update(
    now: Int64, _ change: (inout JobDocument) throws -> Bool
  ) async throws -> (job: JobDocument, changed: Bool)? {
    for _ in 0..<Self.maximumRounds {
      guard let stored = try await documents.read(JobDocument.self, at: documentKey, in: bucket),
        var job = stored.value
      else { return nil }
      guard try change(&job) else { return (job, false) }
      job.updatedAt = now
      if try await documents.write(job, at: documentKey, in: bucket, if: .unchanged(stored.etag)) != nil {
        return (job, true)
      }
    }
    throw Contended(key: documentKey)
  }

  /// Moves the job to another state unless it has ended.
  ///
  /// - Returns: whether this call did.
  package func move(to status: JobStatus, now: Int64, _ change: (inout JobDocument) -> Void = { _ in }) async throws
    -> Bool
  {
    try await update(now: now) { job in
      guard !job.status.isFinal, job.status != status else { return false }
      job.status = status
      change(&job)
      return true
    }?.changed ?? false
  }

  /// Removes what was written for a job although it had ended. Each step calls it after it has written objects.
  ///
  /// The end of a job lists its objects and deletes them, so it misses an object that is being written. Either that object is
  /// there when the list is made, or the job has ended when its writer looks.
  ///
  /// - Parameter remove: lists and deletes the objects; also what the end itself calls.
  /// - Returns: whether the job has ended, or is gone.
  /// - Throws: what another try may mend.
  package func ifEnded(_ remove: () async throws -> Void) async throws -> Bool {
    guard try await document()?.status.isFinal ?? true else { return false }
    try await remove()
    return true
  }

  package func part(_ number: Int) async throws -> PartRecord? {
    try await documents.read(PartRecord.self, at: partKey(number), in: bucket)?.value
  }

  package func put(_ record: PartRecord, part number: Int) async throws {
    try await documents.write(record, at: partKey(number), in: bucket)
  }

  /// The records of the parts that have begun, by number.
  package func parts() async throws -> [Int: PartRecord] {
    let numbers = try await documents.objects.listAll(bucket: bucket, prefix: partsPrefix)
      .compactMap { Int($0.key.dropFirst(partsPrefix.count).dropLast(5)) }
    return try await withThrowingTaskGroup(of: (Int, PartRecord?).self) { group in
      var (records, waiting) = ([Int: PartRecord](), numbers.makeIterator())
      for _ in 0..<Self.readers {
        guard let number = waiting.next() else { break }
        group.addTask { (number, try await part(number)) }
      }
      while let (number, record) = try await group.next() {
        records[number] = record
        if let next = waiting.next() { group.addTask { (next, try await part(next)) } }
      }
      return records
    }
  }

  /// How far the job is.
  package func progress(of job: JobDocument, now: Int64) async throws -> JobProgressReport {
    if job.status != .processing { return JobProgressReport(job, parts: [], now: now) }
    return JobProgressReport(job, parts: Array(try await parts().values), now: now)
  }

  /// Removes the job and everything below its prefix.
  package func remove() async throws {
    try await documents.objects.delete(
      documents.objects.listAll(bucket: bucket, prefix: prefix).map(\.key), in: bucket)
  }
}
