/// The pages as the program serves them. They are made of the plain files so that a browser far away waits seldom:
///
/// - a page's modules are one file (`ModuleBundle`);
/// - addresses of files end in a tag of their content, so that they are cached without a limit;
/// - the page's first question to the server is asked while the scripts are still on their way.
package enum ServedPages {
  /// The query's member that holds a file's tag.
  package static let tagParameter = "v"

  /// - Parameter tag: a short text that differs for different bytes.
  /// - Returns: `files`, with other HTML, and a script for each page. A page whose modules cannot be put together keeps them.
  package static func make(from files: [WebPage], tag: ([UInt8]) -> String) -> [WebPage] {
    let modules = Dictionary(files.filter { !$0.isHTML }.map { ($0.path, $0.bytes) }) { first, _ in first }
    var tags = modules.mapValues(tag)
    var served = files.filter { !$0.isHTML }
    for var page in files where page.isHTML {
      let html = String(decoding: page.bytes, as: UTF8.self)
      let bundle = try? ModuleBundle.make(moduleNames(in: html)) { name in
        modules["/app/\(name)"].map { String(decoding: $0, as: UTF8.self) }
      }
      if let bundle {
        let script = WebPage(
          path: scriptPath(of: page), contentType: "text/javascript; charset=utf-8", bytes: Array(bundle.utf8))
        tags[script.path] = tag(script.bytes)
        served.append(script)
      }
      page.bytes = Array(rewritten(html, of: page, hasBundle: bundle != nil, tags: tags).utf8)
      served.append(page)
    }
    return served
  }

  private static func scriptPath(of page: WebPage) -> String {
    "/app/pages/\(page.path == "/" ? "index" : String(page.path.dropFirst())).js"
  }

  private static let scriptStart = "<script type=\"module\" src=\"app/"
  private static let scriptEnd = "\"></script>"

  /// Names of the modules that a page runs, in their order.
  package static func moduleNames(in html: String) -> [String] {
    html.split(separator: "\n").filter { $0.hasPrefix(scriptStart) }
      .map { String($0.dropFirst(scriptStart.count).dropLast(scriptEnd.count)) }
  }

  private static func rewritten(_ html: String, of page: WebPage, hasBundle: Bool, tags: [String: String]) -> String {
    // As plain files the pages look for videos in the bucket that their address names; here they ask this server.
    let (kind, site) = page.path == "/embed" ? ("embed", "/embed/site") : ("yes", "/api/site")
    var lines: [String] = []
    var isScriptNamed = false
    for line in html.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("<meta name=\"zoetrope-server\"") {
        lines.append("<meta name=\"zoetrope-server\" content=\"\(kind)\">")
        lines.append("<link rel=\"preload\" href=\"\(site)\" as=\"fetch\" crossorigin>")
      } else if hasBundle, line.hasPrefix("<link rel=\"modulepreload\"") {
        continue
      } else if hasBundle, line.hasPrefix(scriptStart) {
        if isScriptNamed { continue }
        isScriptNamed = true
        lines.append("<script type=\"module\" src=\"\(scriptPath(of: page).dropFirst())\"></script>")
      } else {
        lines.append(String(line))
      }
    }
    return lines.map { tagged($0, tags) }.joined(separator: "\n")
  }

  /// A line with the tag of each file that it names.
  private static func tagged(_ line: String, _ tags: [String: String]) -> String {
    var done = "", rest = line[...]
    while let start = rest.firstRange(of: "=\"app/") {
      let name = rest[start.upperBound...].prefix { $0 != "\"" }
      done += rest[..<name.endIndex]
      if let tag = tags["/app/\(name)"] { done += "?\(tagParameter)=\(tag)" }
      rest = rest[name.endIndex...]
    }
    return done + rest
  }
}
