import Audio
package import Core

/// Settings of the transcoding service; the variables are those of the service that it stands in for.
package struct TranscoderSettings: Sendable, Equatable {
  /// `TRANSCODER_AUTH_TOKEN`: the key that callers send; `nil`: only this machine may call.
  package var key: String?
  /// `TRANSCODER_MAX_UPLOAD_BYTES`: default 1 GiB.
  package var maximumUpload: Int
  /// `TMPDIR`: where temporary files go.
  package var scratch: String

  /// `CacheBucketName`: where jobs and finished files are kept; `nil`: neither jobs nor cache.
  package var bucket: String?
  /// `CACHE_MAX_BYTES` of finished files. Default 2 GiB.
  package var maximumCacheBytes: Int64 = 2 << 30
  /// `JOB_TTL`, seconds that jobs are known for after their beginning. Default a day.
  package var jobLife: Duration = .seconds(86_400)

  /// Processors that a job or a batch uses.
  package var workers = Transcoder.processors

  package init(key: String? = nil, maximumUpload: Int = 1 << 30, scratch: String = "/tmp") {
    self.key = key
    self.maximumUpload = maximumUpload
    self.scratch = scratch
  }

  package init(environment: inout EnvironmentReader) {
    key = environment.optional("TRANSCODER_AUTH_TOKEN")
    maximumUpload = environment.int("TRANSCODER_MAX_UPLOAD_BYTES", default: 1 << 30, in: 1...(1 << 40))
    scratch = environment.optional("TMPDIR") ?? "/tmp"
    bucket = environment.optional("CacheBucketName")
    maximumCacheBytes = Int64(environment.int("CACHE_MAX_BYTES", default: 2 << 30, in: 1 << 20...1 << 50))
    jobLife = .seconds(environment.int("JOB_TTL", default: 86_400, in: 60...31_536_000))
  }
}
