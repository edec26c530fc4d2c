import Encodings
import S3Storage
import HTTPServer
import Checksums
import HTTPTypes
import S3Protocol
import SigV4

extension ObjectAttributes {
  /// What the headers of an upload say about the object.
  ///
  /// - Throws: `MetadataTooLarge`, `InvalidArgument`, `InvalidTag`.
  init(_ fields: HTTPFields) throws(S3Error) {
    self.init(
      contentType: fields.value("content-type"), contentEncoding: Self.contentEncoding(fields),
      contentDisposition: fields.value("content-disposition"), contentLanguage: fields.value("content-language"),
      cacheControl: fields.value("cache-control"), expires: fields.value("expires"),
      storageClass: try StorageClass.read(fields), encryption: fields.value("x-amz-server-side-encryption"))
    metadata = try UserMetadata.read(fields.lazy.map { (name: $0.name.canonicalName, value: $0.value) })
    if let text = fields.value("x-amz-tagging") { tags = try Self.tags(query: text) }
  }

  /// As it was sent, without `aws-chunked`, which is about the transfer and not the object.
  private static func contentEncoding(_ fields: HTTPFields) -> String? {
    guard let value = fields.value("content-encoding") else { return nil }
    let codings = value.split(separator: ",", omittingEmptySubsequences: false)
    let kept = codings.filter { $0.trimmingSpaces.lowercased() != "aws-chunked" }
    if kept.count == codings.count { return value }
    return kept.isEmpty ? nil : kept.joined(separator: ",").trimmingSpaces
  }

  private static func tags(query: String) throws(S3Error) -> [String: String] {
    let tagging = Tagging(tags: QueryString.parse(query).map { Tagging.Tag(key: $0.name, value: $0.value ?? "") })
    try tagging.validate()
    return Dictionary(uniqueKeysWithValues: tagging.tags.map { ($0.key, $0.value) })
  }
}

extension ObjectRecord {
  /// What `GetObject` and `HeadObject` answer about the object, whatever part of it is read.
  var headers: HTTPFields {
    var headers = HTTPFields()
    headers.set("content-type", attributes.contentType ?? "binary/octet-stream")
    headers.set("etag", etag.quoted)
    headers.set("last-modified", HTTPDate.format(lastModified))
    headers.set("accept-ranges", "bytes")
    headers.set("content-encoding", attributes.contentEncoding)
    headers.set("content-disposition", attributes.contentDisposition)
    headers.set("content-language", attributes.contentLanguage)
    headers.set("cache-control", attributes.cacheControl)
    headers.set("expires", attributes.expires)
    for (name, value) in UserMetadata.headers(attributes.metadata) { headers.set(name, value) }
    headers.set("x-amz-storage-class", attributes.storageClass)
    headers.set("x-amz-server-side-encryption", attributes.encryption)
    if !attributes.tags.isEmpty { headers.set("x-amz-tagging-count", String(attributes.tags.count)) }
    return headers
  }
}

extension S3Responder {
  /// `x-amz-expiration`: when a rule of the bucket's lifecycle will remove the object.
  func setExpiration(_ headers: inout HTTPFields, of record: ObjectRecord) async throws {
    guard let lifecycle = try await backend.lifecycle(of: record.address.bucket),
      let (date, rule) = lifecycle.expiration(
        key: record.address.key, size: record.size, tags: record.attributes.tags, lastModified: record.lastModified)
    else { return }
    headers.set(
      "x-amz-expiration", "expiry-date=\"\(HTTPDate.format(date))\", rule-id=\"\(PercentEncoding.encode(rule))\"")
  }
}

extension ObjectRecord {
  /// What a 304 says of the object (RFC 9110 §15.4.5).
  var cacheHeaders: [String: String] {
    var headers = ["etag": etag.quoted, "last-modified": HTTPDate.format(lastModified)]
    headers["cache-control"] = attributes.cacheControl
    headers["expires"] = attributes.expires
    return headers
  }
}

extension HTTPFields {
  mutating func set(_ checksum: StoredChecksum?) {
    guard let checksum else { return }
    set(checksum.algorithm.headerName, checksum.value)
    set("x-amz-checksum-type", checksum.kind.rawValue)
  }
}

extension ObjectChecksums {
  init(_ checksum: StoredChecksum?) {
    self.init()
    guard let checksum else { return }
    values = [checksum.algorithm: checksum.value]
    kind = checksum.kind
  }
}
