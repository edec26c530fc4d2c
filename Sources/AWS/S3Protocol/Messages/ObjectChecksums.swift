package import Checksums

/// The additional checksums of an object or part, as messages and headers carry them.
///
/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_Checksum.html
package struct ObjectChecksums: Sendable, Equatable {
  /// What a checksum of an object uploaded in parts was computed over.
  package enum Kind: String, Sendable {
    /// The parts' checksums one after another, the value followed by `-` and their number.
    case composite = "COMPOSITE"
    /// All bytes.
    case fullObject = "FULL_OBJECT"
  }

  /// In base64.
  package var values: [ChecksumAlgorithm: String]
  package var kind: Kind?

  package init(_ values: [ChecksumAlgorithm: String] = [:], kind: Kind? = nil) {
    self.values = values
    self.kind = kind
  }
}

extension ObjectChecksums {
  init(_ node: XMLNode) {
    self.init()
    for algorithm in ChecksumAlgorithm.allCases {
      values[algorithm] = node.text(of: algorithm.elementName)
    }
    kind = node.text(of: "ChecksumType").flatMap(Kind.init)
  }

  func write(to writer: inout XMLWriter) {
    for algorithm in ChecksumAlgorithm.allCases {
      writer.element(algorithm.elementName, values[algorithm])
    }
    writer.element("ChecksumType", kind?.rawValue)
  }
}

extension ChecksumAlgorithm {
  /// `ChecksumCRC32C`
  package var elementName: String { "Checksum\(rawValue)" }
}
