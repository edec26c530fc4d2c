package import Core

/// How far a derivative of a file is.
package enum DerivativeStatus: String, Sendable, Codable {
  case queued, processing, ready, complete, failed
  case cancelled
  case notNeeded = "not_needed"
}

/// What a file is besides an upload.
package enum FileRole: String, Sendable, Codable {
  case original, proxy, poster, moment
}

/// All that a library knows of a file; one object each, changed by conditional writes. Clients receive it as it is.
///
/// Times are ISO 8601 with milliseconds, UTC. What does not apply is left out.
package struct FileRecord: Sendable, Codable, Equatable {
  package var id: String
  package var libraryId: String
  package var name: String
  /// By the content; until that has been looked at, as the uploader said.
  package var mimeType: String
  /// Bytes; 0 until uploaded.
  package var size: Int64
  package var role: FileRole
  /// Raised by every upload; what was made of an older one is discarded. 0 until uploaded.
  package var version: Int
  package var createdAt: String
  package var updatedAt: String
  /// `sub` of the uploader.
  package var createdBy: String?
  /// The object's key and ETag as uploaded last.
  package var objectKey: String?
  package var etag: String?
  /// Hexadecimal digits.
  package var sha256: String?
  /// Why there is none.
  package var hashError: String?
  /// Another file of the library with the same content.
  package var duplicateOf: String?

  /// Pixels as shown: upright.
  package var width: Int?
  package var height: Int?
  /// Seconds.
  package var duration: Double?
  /// EXIF, place and facts of the streams.
  package var metadata: JSONValue?

  // Derived files name what they were made of.
  package var sourceFileId: String?
  package var thumbnailFileId: String?
  /// Files made of this one.
  package var derivedFileIds: [String]?

  // The columns of the seed.
  package var proxyStatus: DerivativeStatus?
  /// Parts of the proxy that is being made.
  package var parts: Int?
  package var proxyProgress: Int?
  package var proxyEtaSeconds: Int?
  package var proxyError: String?
  package var waveformStatus: DerivativeStatus?
  package var waveformProgress: Int?
  package var waveformError: String?
  package var waveformVersion: Int?
  package var waveformedVersion: Int?
  package var waveformPeaksPerSecond: Int?
  package var thumbnailStatus: DerivativeStatus?
  package var thumbnailError: String?
  package var previewsStatus: DerivativeStatus?
  package var previewsError: String?
  /// Key of the manifest of GIFs, stills and storyboard, in the cache bucket.
  package var previewsManifest: String?
  package var imageProxyStatus: DerivativeStatus?
  package var imageProxyError: String?
  package var imageProxyAttempts: Int?
  package var imageProxyWarmedVersion: Int?
  package var imageProxyStartedAt: String?

  /// The version whose derivatives have been announced.
  package var announcedVersion: Int?
  /// The page of the library's index that lists the file.
  package var indexPage: Int?

  package init(
    identity: FileIdentity, name: String, mimeType: String, createdAt: String, createdBy: String?,
    role: FileRole = .original
  ) {
    id = identity.fileID
    libraryId = identity.libraryID
    self.name = name
    self.mimeType = mimeType
    self.role = role
    self.createdAt = createdAt
    updatedAt = createdAt
    self.createdBy = createdBy
    size = 0
    version = 0
  }

  package var identity: FileIdentity { FileIdentity(libraryID: libraryId, fileID: id) }
  package var isUploaded: Bool { version > 0 }
  package var kind: MediaKind { MediaKind(mimeType: mimeType) }

  /// Forgets what was made of or found in an older upload.
  package mutating func startOver(version: Int) {
    self.version = version
    (sha256, hashError, duplicateOf) = (nil, nil, nil)
    (width, height, duration, metadata) = (nil, nil, nil, nil)
    (proxyStatus, proxyProgress, proxyEtaSeconds, proxyError, parts) = (nil, nil, nil, nil, nil)
    (waveformStatus, waveformProgress, waveformError, waveformedVersion) = (nil, nil, nil, nil)
    (thumbnailStatus, thumbnailError, thumbnailFileId) = (nil, nil, nil)
    (previewsStatus, previewsError, previewsManifest) = (nil, nil, nil)
    (imageProxyStatus, imageProxyError, imageProxyAttempts, imageProxyWarmedVersion) = (nil, nil, nil, nil)
    imageProxyStartedAt = nil
  }
}

/// What a type of content is shown as.
package enum MediaKind: String, Sendable, Codable, CaseIterable {
  case image, video, audio, other

  package init(mimeType: String) {
    let main = mimeType.prefix { $0 != "/" }.lowercased()
    self = MediaKind(rawValue: main) ?? .other
    // Vector images are documents with scripts.
    if mimeType.lowercased().hasPrefix("image/svg") { self = .other }
  }
}
