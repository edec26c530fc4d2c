import Core
import LambdaEvents
package import ObjectStore
import S3Protocol

/// Where a client sends a file's bytes: addresses that are good for one upload and some time.
package protocol UploadAddresses: Sendable {
  func single(_ key: String, in bucket: String, expires: Int, for origin: PresignedOrigin) async throws -> String
  /// - Returns: the upload's identifier, an address for each part, and the one that completes it.
  func multipart(
    _ key: String, in bucket: String, parts: Int, expires: Int, for origin: PresignedOrigin
  ) async throws -> (upload: String, parts: [String], completion: String)
}

extension HTTPEvent {
  /// What addresses for the caller begin with.
  var presignedOrigin: PresignedOrigin {
    PresignedOrigin(isLocal: isLocal, through: requestContext.zoetrope?.store)
  }
}

extension S3Client: UploadAddresses {
  package func single(
    _ key: String, in bucket: String, expires: Int, for origin: PresignedOrigin
  ) async throws -> String {
    try await presignedPut(key, in: bucket, expires: expires, for: origin)
  }

  package func multipart(
    _ key: String, in bucket: String, parts: Int, expires: Int, for origin: PresignedOrigin
  ) async throws -> (upload: String, parts: [String], completion: String) {
    let upload = try await beginUpload(key, in: bucket, options: PutOptions())
    var addresses: [String] = []
    for number in 1...max(1, parts) {
      addresses.append(try await presignedPart(number, of: upload, key, in: bucket, expires: expires, for: origin))
    }
    let completion = try await presignedCompletion(of: upload, key, in: bucket, expires: expires, for: origin)
    return (upload, addresses, completion)
  }
}

/// How a file is cut for an upload: pure.
package enum UploadPlan {
  /// Bytes of a file up to which one request carries it.
  package static let single: Int64 = 64 << 20
  /// Seconds that the addresses are good for.
  package static let expires = 3600
  package static let maximumParts = 10_000
  /// Bytes of an object (S3's limit).
  package static let maximumSize: Int64 = 5 << 40

  /// Bytes of a part: 16 MiB, more if that would be too many parts.
  package static func partSize(_ size: Int64) -> Int64 {
    let least = (size + Int64(maximumParts) - 1) / Int64(maximumParts)
    return max(16 << 20, ((least + (1 << 20) - 1) >> 20) << 20)
  }
}
