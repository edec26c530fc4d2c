package import HTTPTypes

extension HTTPRequest {
  /// Both as on the wire; the query without its `?`, empty if there is none.
  package var pathAndQuery: (path: String, query: String) {
    let target = path ?? "/"
    guard let mark = target.firstIndex(of: "?") else { return (target, "") }
    return (String(target[..<mark]), String(target[target.index(after: mark)...]))
  }
}
