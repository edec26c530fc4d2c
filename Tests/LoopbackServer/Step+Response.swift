extension LoopbackServer.Step {
  /// A complete response with `Content-Length`.
  package static func respond(
    _ status: Int, _ headers: [(String, String)] = [], _ body: [UInt8] = []
  ) -> LoopbackServer.Step {
    .send(head(status, headers + [("Content-Length", "\(body.count)")]) + body)
  }

  package static func respond(_ status: Int, _ headers: [(String, String)] = [], text: String) -> LoopbackServer.Step {
    respond(status, headers, Array(text.utf8))
  }

  /// Only a response's head.
  package static func head(_ status: Int, _ headers: [(String, String)]) -> [UInt8] {
    var text = "HTTP/1.1 \(status) Status\r\n"
    for (name, value) in headers { text += "\(name): \(value)\r\n" }
    return Array((text + "\r\n").utf8)
  }

  package static func text(_ text: String) -> LoopbackServer.Step { .send(Array(text.utf8)) }
}
