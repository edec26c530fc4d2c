import Core

/// Which derivatives a file needs, by what its content is: pure.
package enum Derivatives {
  /// Sets the statuses of what is announced and returns the kinds, for a file that has just been uploaded.
  package static func plan(_ record: inout FileRecord) -> [LibraryEvent.Kind] {
    var kinds: [LibraryEvent.Kind] = [.metadataRequested, .hashRequested]
    switch record.kind {
    case .image:
      record.imageProxyStatus = .queued
      kinds.append(.imagePrewarmRequested)
    case .video:
      record.thumbnailStatus = .queued
      record.previewsStatus = .queued
      record.waveformStatus = .queued
      record.waveformVersion = (record.waveformVersion ?? 0) + 1
      kinds += [.posterRequested, .waveformRequested, .previewsRequested]
      if needsProxy(record.mimeType) {
        record.proxyStatus = .queued
        record.proxyProgress = 0
        kinds.append(.proxyRequested)
      }
    case .audio:
      // Of its cover, if it has one.
      record.thumbnailStatus = .queued
      record.waveformStatus = .queued
      record.waveformVersion = (record.waveformVersion ?? 0) + 1
      kinds += [.posterRequested, .waveformRequested]
    case .other: break
    }
    return kinds
  }

  /// WebM is looked at when its streams are known; everything else may turn out not to need one.
  private static func needsProxy(_ mimeType: String) -> Bool { mimeType != "video/webm" }
}
