/// A file of a page, as a browser gets it.
package struct WebPage: Sendable {
  /// What the browser asks for: `/`, `/console`, `/app/console.js`.
  package let path: String
  /// With its character set.
  package let contentType: String
  package var bytes: [UInt8]
  /// A parameter of the query that says that a request is for a route of the same path.
  package var routeParameter: String?

  package var isHTML: Bool { contentType.hasPrefix("text/html") }

  package init(path: String, contentType: String, bytes: [UInt8], routeParameter: String? = nil) {
    self.path = path
    self.contentType = contentType
    self.bytes = bytes
    self.routeParameter = routeParameter
  }
}
