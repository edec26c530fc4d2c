import HTTPTypes
import S3Storage
import HummingbirdCore
import S3Protocol

extension S3Responder {
  /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectTagging.html
  func getObjectTagging(_ address: ObjectAddress, _ call: S3Call) async throws -> Response {
    let tags = try await backend.open(address).record.attributes.tags
    let list = tags.sorted { $0.key < $1.key }.map { Tagging.Tag(key: $0.key, value: $0.value) }
    return .xml(Tagging(tags: list).encode())
  }

  /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectTagging.html
  func putObjectTagging(_ address: ObjectAddress, _ call: S3Call) async throws -> Response {
    let tagging = try Tagging.decode(try await call.document())
    try tagging.validate()
    let tags = Dictionary(uniqueKeysWithValues: tagging.tags.map { ($0.key, $0.value) })
    try await backend.setTags(tags, of: address)
    return Response(status: .ok)
  }

  /// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjectTagging.html
  func deleteObjectTagging(_ address: ObjectAddress, _ call: S3Call) async throws -> Response {
    try await backend.setTags([:], of: address)
    return .noContent
  }
}
