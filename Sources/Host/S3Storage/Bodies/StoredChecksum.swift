package import Checksums
package import S3Protocol

/// A checksum that was verified when the bytes came in and is given back on request.
package struct StoredChecksum: Sendable, Equatable {
  package let algorithm: ChecksumAlgorithm
  /// Base64, for composite checksums with `-N`.
  package let value: String
  package let kind: ObjectChecksums.Kind

  package init(algorithm: ChecksumAlgorithm, value: String, kind: ObjectChecksums.Kind = .fullObject) {
    self.algorithm = algorithm
    self.value = value
    self.kind = kind
  }
}

extension StoredChecksum: Codable {
  private enum CodingKeys: String, CodingKey {
    case algorithm, value, kind
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let name = try container.decode(String.self, forKey: .algorithm)
    let kind = try container.decode(String.self, forKey: .kind)
    guard let algorithm = ChecksumAlgorithm(rawValue: name), let kind = ObjectChecksums.Kind(rawValue: kind) else {
      throw DecodingError.dataCorruptedError(
        forKey: .algorithm, in: container, debugDescription: "unknown checksum \(name) of kind \(kind)")
    }
    self.init(algorithm: algorithm, value: try container.decode(String.self, forKey: .value), kind: kind)
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(algorithm.rawValue, forKey: .algorithm)
    try container.encode(value, forKey: .value)
    try container.encode(kind.rawValue, forKey: .kind)
  }
}
