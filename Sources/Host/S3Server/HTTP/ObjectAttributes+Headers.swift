import Encodings
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
      cacheControl: fields.value("cache-control"), expires: fields.value("expires"))
    metadata = try UserMetadata.read(fields.lazy.map { (name: $0.name.canonicalName, value: $0.value) })
    if let text = fields.value("x-amz-tagging") { tags = try Self.tags(query: text) }
  }

  /// `aws-chunked` is about the transfer, not the object.
  private static func contentEncoding(_ fields: HTTPFields) -> String? {
    guard let value = fields.value("content-encoding") else { return nil }
    let codings = value.split(separator: ",").map(\.trimmingSpaces).filter { $0.lowercased() != "aws-chunked" }
    return codings.isEmpty ? nil : codings.joined(separator: ",")
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
    if !attributes.tags.isEmpty { headers.set("x-amz-tagging-count", String(attributes.tags.count)) }
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
