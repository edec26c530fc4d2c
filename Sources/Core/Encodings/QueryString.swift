/// A URL's query, between its wire form and decoded pairs.
package enum QueryString {
  /// Pairs in their order, decoded; `+` is a space. A broken escape stays as it is (its signature will not match).
  ///
  /// - Parameter query: what follows the `?`; empty for none.
  package static func parse(_ query: String) -> [(name: String, value: String?)] {
    query.utf8.split(separator: UInt8(ascii: "&")).map { pair in
      let parts = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
      return (decoded(String(Substring(parts[0]))), parts.count == 2 ? decoded(String(Substring(parts[1]))) : nil)
    }
  }

  /// The canonical form: encoded, sorted by name and then by value, `=` also for parameters without a value.
  package static func canonical(_ pairs: [(name: String, value: String?)]) -> String {
    pairs
      .map { (PercentEncoding.encode($0.name), PercentEncoding.encode($0.value ?? "")) }
      .sorted { $0 < $1 }
      .map { "\($0)=\($1)" }
      .joined(separator: "&")
  }

  private static func decoded(_ part: String) -> String {
    PercentEncoding.decode(part, plusIsSpace: true) ?? part
  }
}
