import EventBus
import S3Protocol
package import MediaJobs
package import ObjectStore
package import Core

/// One source version and the places its previews go to: what every step of a job works on.
package struct Job: Sendable {
  package let source: ObjectInfo
  package let names: OutputKeys
  package let version: SourceVersion
  package let settings: JobSettings
  package let buckets: Buckets

  package struct Buckets: Sendable, Equatable {
    package var source: String
    package var output: String
    /// Where in `output` everything goes, if the event names it; otherwise that follows from the key.
    package var prefix: String?

    package init(source: String, output: String, prefix: String? = nil) {
      self.source = source
      self.output = output
      self.prefix = prefix
    }

    /// Reads `SourceBucketName` and `GifsBucketName`, the names of the reference system.
    package init(environment: inout EnvironmentReader) {
      source = environment.string("SourceBucketName")
      output = environment.string("GifsBucketName")
      if !source.isEmpty, source == output {
        environment.reject(
          "SourceBucketName and GifsBucketName must differ, or every output would be taken for a video")
      }
    }
  }

  /// - Parameter source: What a HEAD of the source says now.
  /// - Throws: `OutputKeys.InvalidKey`.
  package init(source: ObjectInfo, settings: JobSettings, buckets: Buckets) throws(OutputKeys.InvalidKey) {
    self.source = source
    self.settings = settings
    self.buckets = buckets
    names =
      if let prefix = buckets.prefix { OutputKeys(prefix: prefix) } else { try OutputKeys(sourceKey: source.key) }
    version = SourceVersion(of: source, settings: settings.fingerprint)
  }

  /// What events say about where the video is and where its previews go.
  package var address: PreviewAddress {
    PreviewAddress(
      key: source.key,
      place: buckets.prefix.map { .init(source: buckets.source, bucket: buckets.output, prefix: $0) })
  }

  var manifestSource: Manifest.Source {
    Manifest.Source(bucket: buckets.source, key: source.key, etag: source.etag.value, size: source.size)
  }
}
