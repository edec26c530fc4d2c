/// A file of the player or the console, as a browser gets it. They stand in `Pages/`, which also works as it is on any
/// web server or in a bucket.
package struct WebPage: Sendable {
  /// What the browser asks for: `/`, `/console`, `/app/player.js`.
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

/// All files of the pages, part of the program: it serves them wherever it is started.
package enum WebPages {
  package static let all: [WebPage] = [
    html("/", PackageResources.index_html),
    html("/audio", PackageResources.audio_html),
    WebPage(
      path: "/convert", contentType: "text/html; charset=utf-8", bytes: PackageResources.convert_html,
      routeParameter: "token"),
    html("/console", PackageResources.console_html),
    html("/embed", PackageResources.embed_html),
    html("/video", PackageResources.video_html),
    html("/library", PackageResources.library_html),
    html("/avatar", PackageResources.avatar_html),
    WebPage(path: "/app/icon.svg", contentType: "image/svg+xml", bytes: PackageResources.icon_svg),
    WebPage(path: "/app/sample.mp4", contentType: "video/mp4", bytes: PackageResources.sample_mp4),
    style("audio", PackageResources.audio_css),
    style("avatar", PackageResources.avatar_css),
    style("base", PackageResources.base_css),
    style("console", PackageResources.console_css),
    style("convert", PackageResources.convert_css),
    style("gallery", PackageResources.gallery_css),
    style("player", PackageResources.player_css),
    style("video", PackageResources.video_css),
    module("audio", PackageResources.audio_js),
    module("audiofile", PackageResources.audiofile_js),
    module("avatar", PackageResources.avatar_js),
    module("catalogue", PackageResources.catalogue_js),
    module("charts", PackageResources.charts_js),
    module("clipgrid", PackageResources.clipgrid_js),
    module("compare", PackageResources.compare_js),
    module("console", PackageResources.console_js),
    module("controls", PackageResources.controls_js),
    module("conversion", PackageResources.conversion_js),
    module("convert", PackageResources.convert_js),
    module("crop", PackageResources.crop_js),
    module("cut", PackageResources.cut_js),
    module("derivatives", PackageResources.derivatives_js),
    module("dialogs", PackageResources.dialogs_js),
    module("digest", PackageResources.digest_js),
    module("dom", PackageResources.dom_js),
    module("downloads", PackageResources.downloads_js),
    module("drops", PackageResources.drops_js),
    module("embed", PackageResources.embed_js),
    module("embedded", PackageResources.embedded_js),
    module("failures", PackageResources.failures_js),
    module("fanout", PackageResources.fanout_js),
    module("filing", PackageResources.filing_js),
    module("frame", PackageResources.frame_js),
    module("gallery", PackageResources.gallery_js),
    module("gallery-actions", PackageResources.gallery_actions_js),
    module("gallery-layout", PackageResources.gallery_layout_js),
    module("gallery-messages", PackageResources.gallery_messages_js),
    module("gallery-sound", PackageResources.gallery_sound_js),
    module("gallery-tile", PackageResources.gallery_tile_js),
    module("gallery-tools", PackageResources.gallery_tools_js),
    module("gallery-uploads", PackageResources.gallery_uploads_js),
    module("gallery-view", PackageResources.gallery_view_js),
    module("gantt", PackageResources.gantt_js),
    module("invocations", PackageResources.invocations_js),
    module("job", PackageResources.job_js),
    module("joblist", PackageResources.joblist_js),
    module("keys", PackageResources.keys_js),
    module("library", PackageResources.library_js),
    module("libraryfile", PackageResources.libraryfile_js),
    module("lightbox", PackageResources.lightbox_js),
    module("live", PackageResources.live_js),
    module("logview", PackageResources.logview_js),
    module("machines", PackageResources.machines_js),
    module("names", PackageResources.names_js),
    module("ownvideos", PackageResources.ownvideos_js),
    module("peaks", PackageResources.peaks_js),
    module("pictures", PackageResources.pictures_js),
    module("place", PackageResources.place_js),
    module("player", PackageResources.player_js),
    module("presigned", PackageResources.presigned_js),
    module("preview", PackageResources.preview_js),
    module("routes", PackageResources.routes_js),
    module("sample", PackageResources.sample_js),
    module("sections", PackageResources.sections_js),
    module("selection", PackageResources.selection_js),
    module("sender", PackageResources.sender_js),
    module("site", PackageResources.site_js),
    module("stage", PackageResources.stage_js),
    module("store", PackageResources.store_js),
    module("tables", PackageResources.tables_js),
    module("tiles", PackageResources.tiles_js),
    module("timeline", PackageResources.timeline_js),
    module("transcoding", PackageResources.transcoding_js),
    module("uploads", PackageResources.uploads_js),
    module("variants", PackageResources.variants_js),
    module("video", PackageResources.video_js),
    module("videofacts", PackageResources.videofacts_js),
    module("videopage", PackageResources.videopage_js),
    module("watch", PackageResources.watch_js),
    module("waveform", PackageResources.waveform_js),
    module("zip", PackageResources.zip_js),
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
