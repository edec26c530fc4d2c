import HTTPServer
import HTTPTypes
import LambdaEvents

extension HTTPResult {
  /// The header fields of the response. What describes the connection or the length is the server's to send.
  var fields: HTTPFields {
    var fields = HTTPFields()
    for header in headers {
      guard let name = HTTPField.Name(header.name), !Self.dropped.contains(name.canonicalName) else { continue }
      fields.append(HTTPField(name: name, value: header.value))
    }
    for cookie in cookies { fields.append(HTTPField(name: .setCookie, value: cookie)) }
    return fields
  }

  private static let dropped: Set<String> = [
    "connection", "content-length", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade",
  ]
}
