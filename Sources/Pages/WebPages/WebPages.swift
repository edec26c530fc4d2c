/// A file of the player or the console, as a browser gets it. They stand in `Pages/`, which also works as it is on any
/// web server or in a bucket.
package struct WebPage: Sendable {
  /// What the browser asks for: `/`, `/console`, `/app/player.js`.
  package let path: String
  /// With its character set.
  package let contentType: String
  package let bytes: [UInt8]
}

/// All files of the three pages, part of the program: it serves them wherever it is started.
package enum WebPages {
  package static let all: [WebPage] = [
    html("/", PackageResources.index_html),
    html("/console", PackageResources.console_html),
    html("/embed", PackageResources.embed_html),
    WebPage(path: "/app/icon.svg", contentType: "image/svg+xml", bytes: PackageResources.icon_svg),
    style("base", PackageResources.base_css),
    style("player", PackageResources.player_css),
    style("console", PackageResources.console_css),
    module("charts", PackageResources.charts_js),
    module("console", PackageResources.console_js),
    module("digest", PackageResources.digest_js),
    module("dom", PackageResources.dom_js),
    module("embed", PackageResources.embed_js),
    module("embedded", PackageResources.embedded_js),
    module("fanout", PackageResources.fanout_js),
    module("gantt", PackageResources.gantt_js),
    module("job", PackageResources.job_js),
    module("library", PackageResources.library_js),
    module("live", PackageResources.live_js),
    module("names", PackageResources.names_js),
    module("navigation", PackageResources.navigation_js),
    module("pictures", PackageResources.pictures_js),
    module("player", PackageResources.player_js),
    module("site", PackageResources.site_js),
    module("store", PackageResources.store_js),
    module("tables", PackageResources.tables_js),
    module("tiles", PackageResources.tiles_js),
    module("timeline", PackageResources.timeline_js),
    module("uploads", PackageResources.uploads_js),
    module("watch", PackageResources.watch_js),
  ]

  private static func html(_ path: String, _ bytes: [UInt8]) -> WebPage {
    WebPage(path: path, contentType: "text/html; charset=utf-8", bytes: bytes)
  }

  private static func style(_ name: String, _ bytes: [UInt8]) -> WebPage {
    WebPage(path: "/app/\(name).css", contentType: "text/css; charset=utf-8", bytes: bytes)
  }

  private static func module(_ name: String, _ bytes: [UInt8]) -> WebPage {
    WebPage(path: "/app/\(name).js", contentType: "text/javascript; charset=utf-8", bytes: bytes)
  }
}
