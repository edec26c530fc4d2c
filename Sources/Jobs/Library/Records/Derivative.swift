/// What is made of an upload.
package enum Derivative: String, Sendable, CaseIterable {
  /// The registered sizes of an image.
  case imageProxy
  /// A frame of a video.
  case thumbnail
  /// An MP4 that every browser plays.
  case proxy
  case waveform
  /// GIFs, stills and a storyboard.
  case previews

  /// The member of the record that says how far it is.
  package var statusName: String { "\(rawValue)Status" }

  /// What a file of that kind may have.
  package static func all(of kind: MediaKind) -> [Derivative] {
    switch kind {
    case .image: [.imageProxy]
    case .video: [.thumbnail, .proxy, .waveform, .previews]
    case .audio: [.waveform]
    case .other: []
    }
  }
}

extension FileRecord {
  package subscript(status derivative: Derivative) -> DerivativeStatus? {
    switch derivative {
    case .imageProxy: imageProxyStatus
    case .thumbnail: thumbnailStatus
    case .proxy: proxyStatus
    case .waveform: waveformStatus
    case .previews: previewsStatus
    }
  }
}
