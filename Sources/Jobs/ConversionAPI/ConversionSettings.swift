package import Conversions
package import Core
package import RemoteFetch

/// Settings of the conversion service. Names and defaults of variables are those of the service that it stands in for;
/// times are milliseconds.
package struct ConversionSettings: Sendable {
  /// `SERVER_BASE_URL`, what answers' addresses begin with. Without a final slash. Default `http://localhost:4568`.
  package var baseURL: String
  /// `TOKEN_AUTH_USERNAME`, `TOKEN_AUTH_PASSWORD`. Without a password all callers are refused.
  package var username: String
  package var password: String
  /// `TOKEN_SIZE`, random bytes of a token. 16 ... 256, default 48: 64 characters.
  package var tokenSize: Int
  /// `TOKEN_TTL`. Default one hour.
  package var tokenLife: Duration
  /// `CONVERSION_RESULT_TTL`, since a result was last asked for. Default one hour.
  package var resultLife: Duration
  /// `MAXIMUM_OUTPUT_SIZE` (80) and `MAXIMUM_OUTPUT_FRAMERATE` (24).
  package var limits: ConversionParameters.Limits
  /// `SOURCE_HOSTNAME_WHITELIST`. Default empty: no host.
  package var hosts: HostList
  /// `CONVERSION_STREAM_HTTP_TIMEOUT`, until the first byte of an answer: then it is 504. Default 30 s.
  package var firstByteTimeout: Duration
  /// `CONVERSION_MAX_STREAM_DURATION`, of an answer: then its connection is aborted. Default 30 s.
  package var longestStream: Duration
  /// `CONVERSION_QUEUE_LIMIT`, conversions that wait. Default 1,000.
  package var queueLimit: Int
  /// `CACHE_MAX_BYTES` of results. Default 512 MiB.
  package var maximumCacheBytes: Int64
  /// `CONVERSION_PEERS`, base URLs of all instances, this one's included. Default none.
  package var peers: [String]
  /// `CONVERSION_FFMPEG_THREADS`, threads of a conversion. Default 1.
  package var threads: Int
  /// `CONVERSION_MAX_SOURCE_BYTES`. Default 256 MiB.
  package var maximumSourceBytes: Int64
  /// `CONVERSION_MAX_SOURCE_SECONDS`, of video. Default 600.
  package var maximumSourceSeconds: Int
  /// `CONVERSION_MAX_SOURCE_PIXELS` of a coded picture. Default 4096 × 4096.
  package var maximumPixels: Int
  /// `CONVERSION_MAX_SOURCE_REDIRECTS` of one request. Default 5.
  package var maximumRedirects: Int
  /// `CONVERSION_MAX_SECONDS` that a conversion may take. Default 120.
  package var maximumSeconds: Int
  package var bucket: String
  /// `CONVERSION_SOURCE_BUCKETS`, whose videos this machine's user may have converted. Default none.
  package var sourceBuckets: [String]

  /// Faults are collected in `environment`.
  package init(environment: inout EnvironmentReader) {
    baseURL = environment.string("SERVER_BASE_URL", default: "http://localhost:4568")
    while baseURL.hasSuffix("/") { baseURL.removeLast() }
    if !baseURL.hasPrefix("http://"), !baseURL.hasPrefix("https://") {
      environment.reject("SERVER_BASE_URL must begin with http:// or https://, found '\(baseURL)'")
    }
    username = environment.optional("TOKEN_AUTH_USERNAME") ?? ""
    password = environment.optional("TOKEN_AUTH_PASSWORD") ?? ""
    tokenSize = environment.int("TOKEN_SIZE", default: 48, in: 16...256)
    tokenLife = .milliseconds(environment.int("TOKEN_TTL", default: 3_600_000, in: 1000...31_536_000_000))
    resultLife = .milliseconds(environment.int("CONVERSION_RESULT_TTL", default: 3_600_000, in: 1000...31_536_000_000))
    limits = ConversionParameters.Limits()
    limits.outputSize = environment.int("MAXIMUM_OUTPUT_SIZE", default: 80, in: 2...1024)
    limits.frameRate = environment.int("MAXIMUM_OUTPUT_FRAMERATE", default: 24, in: 1...60)
    let list = "SOURCE_HOSTNAME_WHITELIST"
    hosts = HostList(environment.optional(list) ?? "", setting: list)
    firstByteTimeout = .milliseconds(
      environment.int("CONVERSION_STREAM_HTTP_TIMEOUT", default: 30_000, in: 1000...3_600_000))
    longestStream = .milliseconds(
      environment.int("CONVERSION_MAX_STREAM_DURATION", default: 30_000, in: 1000...3_600_000))
    queueLimit = environment.int("CONVERSION_QUEUE_LIMIT", default: 1000, in: 1...1_000_000)
    maximumCacheBytes = Int64(environment.int("CACHE_MAX_BYTES", default: 512 << 20, in: 1 << 20...1 << 50))
    peers = (environment.optional("CONVERSION_PEERS") ?? "").split(separator: ",").map {
      var peer = $0.split(separator: " ").joined()
      while peer.hasSuffix("/") { peer.removeLast() }
      return peer
    }.filter { !$0.isEmpty }
    threads = environment.int("CONVERSION_FFMPEG_THREADS", default: 1, in: 1...128)
    maximumSourceBytes = Int64(environment.int("CONVERSION_MAX_SOURCE_BYTES", default: 256 << 20, in: 1024...1 << 50))
    maximumSourceSeconds = environment.int("CONVERSION_MAX_SOURCE_SECONDS", default: 600, in: 1...86_400)
    maximumPixels = environment.int("CONVERSION_MAX_SOURCE_PIXELS", default: 4096 * 4096, in: 4096...16384 * 16384)
    maximumRedirects = environment.int("CONVERSION_MAX_SOURCE_REDIRECTS", default: 5, in: 0...20)
    maximumSeconds = environment.int("CONVERSION_MAX_SECONDS", default: 120, in: 1...3600)
    bucket = environment.string("CacheBucketName", default: "zoetrope-cache")
    sourceBuckets = (environment.optional("CONVERSION_SOURCE_BUCKETS") ?? "").split(separator: ",").map(String.init)
  }
}
