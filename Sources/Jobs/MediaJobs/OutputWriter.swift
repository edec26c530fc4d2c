import Encodings
import Checksums
import Core
package import ObjectStore
import S3Protocol

/// Puts a job's outputs into the store so that an older version of the source never overwrites a newer one.
///
/// S3 has no transactions, but conditional writes. The first write asks for the key to be new. If it is not, the
/// source is checked, and the object is replaced only if it is still the one that was seen. A late worker of an older
/// version therefore either writes first, and is overwritten, or notices that it is late.
package struct OutputWriter: Sendable {
  private let documents: DocumentStore
  private let bucket: String
  private let requireCurrent: @Sendable () async throws -> Void

  /// How often a key may change under our hands before this is given up for a later try.
  private static let maximumRounds = 8

  package struct Contended: ClassifiedError {
    package let key: String
    package var code: String { "OutputContended" }
    package var message: String { "'\(key)' kept changing while it was written" }
    package var isRetryable: Bool { true }

    package init(key: String) {
      self.key = key
    }
  }

  /// - Parameters:
  ///   - bucket: of the outputs.
  ///   - requireCurrent: throws `Superseded` if the source is no longer the content that the job is about.
  package init(
    objects: any ObjectStore, bucket: String, requireCurrent: @escaping @Sendable () async throws -> Void
  ) {
    documents = DocumentStore(objects: objects)
    self.bucket = bucket
    self.requireCurrent = requireCurrent
  }

  /// - Throws: `Superseded` where a newer source has come; `ObjectStoreError`.
  package func put(_ bytes: [UInt8], as key: String, contentType: String, cacheControl: String? = nil) async throws {
    var options = PutOptions()
    options.contentType = contentType
    options.cacheControl = cacheControl
    options.ifNoneMatch = true
    for _ in 0..<Self.maximumRounds {
      do {
        _ = try await documents.objects.put(bytes, as: key, in: bucket, options: options)
        return
      } catch let error as ObjectStoreError where error.isPreconditionFailure {
        guard let existing = try await documents.head(key, in: bucket) else {
          options.ifMatch = nil
          options.ifNoneMatch = true
          continue
        }
        if existing.etag.value == Digest.md5(bytes).hexString { return }
        try await requireCurrent()
        options.ifMatch = existing.etag
        options.ifNoneMatch = false
      }
    }
    throw Contended(key: key)
  }
}
