/// What of an HTTP request a signature covers.
package struct SignableRequest: Sendable {
  /// In upper case: `GET`.
  package var method: String

  /// Percent-encoded as on the wire, begins with `/`.
  package var path: String

  /// Percent-decoded; `nil` for a parameter without `=`, which is signed like an empty value.
  package var query: [(name: String, value: String?)]

  /// Must contain `host`. For verification every header as it was received, also those the HTTP stack handles itself
  /// (`content-length`, `expect`): a client may have signed them.
  package var headers: [(name: String, value: String)]

  package init(
    method: String, path: String, query: [(name: String, value: String?)] = [],
    headers: [(name: String, value: String)]
  ) {
    self.method = method
    self.path = path
    self.query = query
    self.headers = headers
  }

  /// The first header of this name, in whatever case it was sent.
  ///
  /// - Parameter name: in lower case.
  func header(_ name: String) -> String? {
    headers.first { $0.name.isHeader(name) }?.value
  }

  func hasQuery(_ name: String) -> Bool {
    query.contains { $0.name == name }
  }
}
