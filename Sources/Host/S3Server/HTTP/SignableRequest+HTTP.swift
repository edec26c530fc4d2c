import Encodings
package import HTTPTypes
import HTTPServer
package import SigV4

extension SignableRequest {
  /// The request as it came over the wire.
  package init(_ head: HTTPRequest) {
    let (path, query) = head.pathAndQuery
    self.init(head, path: path, query: QueryString.parse(query))
  }

  /// The same for a path and a query that were taken apart before.
  ///
  /// - Parameter path: percent-encoded.
  package init(_ head: HTTPRequest, path: String, query: [(name: String, value: String?)]) {
    var headers = head.headerFields.map { (name: $0.name.canonicalName, value: $0.value) }
    // swift-http-types keeps the host apart from the header fields.
    if let authority = head.authority { headers.append((name: "host", value: authority)) }
    self.init(
      method: head.method.rawValue, path: path.isEmpty ? "/" : path, query: query, headers: headers)
  }
}
