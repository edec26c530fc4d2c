import Encodings
package import Library

/// What a request's method and path ask for.
package enum LibraryRoute: Sendable, Equatable {
  /// Of a file in a library.
  package enum FileAction: String, Sendable, Equatable {
    case content, events, reprocess
    case playbackSources = "playback-sources"
    case proxy, thumbnail, moments, waveform
  }

  case list(library: String)
  case create(library: String)
  case file(FileIdentity)
  case rename(FileIdentity)
  case delete(FileIdentity)
  case replace(FileIdentity)
  case events(FileIdentity)
  case reprocess(FileIdentity)
  /// Routes of derivatives of video and audio.
  case derivative(FileIdentity, FileAction, method: String)
  /// GIFs, stills and storyboard of a video, by their name below its previews; the manifest without one.
  case previews(FileIdentity, name: String)
  case reprocessThumbnails(library: String)
  case image(FileIdentity)
  case ownAvatar(method: String)
  case avatar(user: String)
  case variants

  /// - Parameter path: percent-encoded, as sent.
  /// - Throws: `APIError`: 404 for other paths, 400 for an identifier that is no UUID, 405.
  package init(method: String, path: String) throws(APIError) {
    let parts = path.split(separator: "/", omittingEmptySubsequences: true).map {
      PercentEncoding.decode(String($0), plusIsSpace: false) ?? String($0)
    }
    guard parts.first == "api" else { throw .notFound }
    let isRead = method == "GET" || method == "HEAD"
    switch (parts.dropFirst().first, parts.count) {
    case ("files", 6...) where parts[2] == "proxy":
      guard isRead else { throw Self.wrongMethod }
      self = .image(try Self.identity(parts[3], parts[4]))
    case ("files", 3) where parts[2] == "variants" && isRead: self = .variants
    case ("auth", 4) where parts[2] == "me" && parts[3] == "avatar":
      guard isRead || method == "POST" else { throw Self.wrongMethod }
      self = .ownAvatar(method: method)
    case ("auth", 5) where parts[2] == "users" && parts[4] == "avatar":
      guard isRead else { throw Self.wrongMethod }
      self = .avatar(user: parts[3])
    case ("libraries", 4) where parts[3] == "files":
      let library = try Self.identifier(parts[2])
      switch method {
      case "GET", "HEAD": self = .list(library: library)
      case "POST": self = .create(library: library)
      default: throw Self.wrongMethod
      }
    case ("libraries", 6) where parts[3] == "files" && parts[4] == "video-thumbnails" && parts[5] == "reprocess":
      guard method == "POST" else { throw Self.wrongMethod }
      self = .reprocessThumbnails(library: try Self.identifier(parts[2]))
    case ("libraries", 5) where parts[3] == "files":
      let file = try Self.identity(parts[2], parts[4])
      switch method {
      case "GET", "HEAD": self = .file(file)
      case "PATCH": self = .rename(file)
      case "DELETE": self = .delete(file)
      default: throw Self.wrongMethod
      }
    case ("libraries", 6...) where parts[3] == "files" && parts[5] == "previews":
      guard isRead else { throw Self.wrongMethod }
      let name = parts.dropFirst(6)
      guard !name.contains(where: { $0 == "." || $0 == ".." || $0.contains("/") }) else { throw .notFound }
      self = .previews(
        try Self.identity(parts[2], parts[4]), name: name.isEmpty ? "manifest.json" : name.joined(separator: "/"))
    case ("libraries", 6) where parts[3] == "files":
      guard let action = FileAction(rawValue: parts[5]) else { throw .notFound }
      self = try Self.action(action, of: try Self.identity(parts[2], parts[4]), method, isRead: isRead)
    default: throw .notFound
    }
  }

  private static func action(
    _ action: FileAction, of file: FileIdentity, _ method: String, isRead: Bool
  ) throws(APIError) -> LibraryRoute {
    let isAllowed =
      switch action {
      case .content, .moments, .reprocess: method == "POST"
      case .events, .playbackSources: isRead
      case .thumbnail: isRead || method == "POST"
      case .proxy: isRead || method == "POST" || method == "DELETE"
      case .waveform: isRead || method == "POST"
      }
    guard isAllowed else { throw wrongMethod }
    return switch action {
    case .content: .replace(file)
    case .events: .events(file)
    case .reprocess: .reprocess(file)
    default: .derivative(file, action, method: method == "HEAD" ? "GET" : method)
    }
  }

  private static let wrongMethod = APIError(405, "This address does not know the method.")

  private static func identifier(_ text: String) throws(APIError) -> String {
    guard let id = FileIdentity.identifier(text) else {
      throw APIError(400, "Identifiers must be UUIDs.")
    }
    return id
  }

  private static func identity(_ library: String, _ file: String) throws(APIError) -> FileIdentity {
    FileIdentity(libraryID: try identifier(library), fileID: try identifier(file))
  }
}
