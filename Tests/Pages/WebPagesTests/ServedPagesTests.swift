import Testing
import PageBundles
import WebPages

@Suite struct ServedPagesTests {
  private let served = ServedPages.make(from: WebPages.all) { "tag-of-\($0.count)" }
  private static let pages = WebPages.all.filter(\.isHTML)

  private func text(_ path: String, in pages: [WebPage]) -> String {
    String(decoding: pages.first { $0.path == path }?.bytes ?? [], as: UTF8.self)
  }

  @Test("every page's modules become one file", arguments: pages.map(\.path))
  func bundles(path: String) throws {
    let plain = text(path, in: WebPages.all)
    _ = try ModuleBundle.make(ServedPages.moduleNames(in: plain)) { text("/app/\($0)", in: WebPages.all) }
    let html = text(path, in: served)
    let name = path == "/" ? "index" : String(path.dropFirst())
    let script = text("/app/pages/\(name).js", in: served)
    #expect(!script.isEmpty)
    #expect(
      html.contains("<script type=\"module\" src=\"app/pages/\(name).js?v=tag-of-\(script.utf8.count)\"></script>"))
    #expect(html.matches(of: /<script/).count == 1)
    #expect(!html.contains("modulepreload"))
    // Nothing that it names may be cached without its tag.
    #expect(html.matches(of: /="app\/[^"?]+"/).isEmpty)
  }

  @Test("pages that this program serves know it, and ask it at once")
  func site() {
    #expect(
      text("/", in: served).contains(
        "content=\"yes\">\n<link rel=\"preload\" href=\"/api/site\" as=\"fetch\" crossorigin>"))
    #expect(text("/embed", in: served).contains("content=\"embed\">\n<link rel=\"preload\" href=\"/embed/site\""))
    #expect(text("/", in: WebPages.all).contains("name=\"zoetrope-server\" content=\"\""))
  }

  @Test(
    "pages that work on any web server name their modules, so that none is fetched behind another",
    arguments: ["/", "/embed"])
  func preloads(path: String) {
    let html = text(path, in: WebPages.all)
    let named = html.matches(of: /(?:href|src)="app\/([a-z-]+\.js)"/).map { String($0.1) }
    var reached: Set<String> = []
    var waiting = ServedPages.moduleNames(in: html)
    while let module = waiting.popLast() {
      guard reached.insert(module).inserted else { continue }
      waiting += text("/app/\(module)", in: WebPages.all).matches(
        of: /^import .*"\.\/(.+)";$/.anchorsMatchLineEndings()
      )
      .map { String($0.1) }
    }
    #expect(Set(named) == reached)
    #expect(named.count == reached.count)
  }

  @Test("a page whose modules cannot be put together keeps them")
  func fallback() {
    let html = "<meta name=\"zoetrope-server\" content=\"\">\n<script type=\"module\" src=\"app/odd.js\"></script>"
    let files = [
      WebPage(path: "/odd", contentType: "text/html", bytes: Array(html.utf8)),
      WebPage(path: "/app/odd.js", contentType: "text/javascript", bytes: Array("export default 1;".utf8)),
    ]
    let found = ServedPages.make(from: files) { _ in "t" }
    #expect(text("/odd", in: found).contains("src=\"app/odd.js?v=t\""))
    #expect(found.count == 2)
  }
}
