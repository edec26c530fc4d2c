import Encodings
import S3Protocol
import SigV4

/// The query of a request, decoded.
package struct QueryParameters: Sendable {
  /// In the order of the request; a parameter without `=` has no value.
  package let pairs: [(name: String, value: String?)]

  /// - Parameter text: what follows the `?`, as on the wire.
  package init(_ text: String) {
    pairs = QueryString.parse(text)
  }

  var names: [String] { pairs.map(\.name) }

  func has(_ name: String) -> Bool { pairs.contains { $0.name == name } }

  /// The first value of that name; nil if there is none.
  package func value(_ name: String) -> String? { pairs.first { $0.name == name }?.value }

  /// The first value of that name; empty where it has none, nil where it is not there.
  subscript(name: String) -> String? {
    pairs.first { $0.name == name }.map { $0.value ?? "" }
  }

  /// - Throws: `InvalidArgument`.
  var partNumberMarker: Int {
    get throws(S3Error) {
      guard let text = self["part-number-marker"], !text.isEmpty else { return 0 }
      guard let value = Int32(text), value >= 0 else {
        throw S3Error(
          .invalidArgument, message: "Provided part-number-marker not an integer or within integer range",
          extra: ["ArgumentName": "part-number-marker", "ArgumentValue": text])
      }
      return Int(value)
    }
  }

  /// - Throws: `InvalidArgument`.
  var partNumber: Int {
    get throws(S3Error) {
      guard let text = self["partNumber"], let value = Int(text), (1...10_000).contains(value) else {
        throw S3Error(.invalidArgument, message: "Part number must be an integer between 1 and 10000, inclusive")
      }
      return value
    }
  }
}
