package import Core
import Metrics
package import ObjectCache

/// What the service counts, by the swift-metrics API.
package enum ConversionMetrics {
  /// Of a request whose result was there.
  static func hit() { Counter(label: "conversion_cache_hits_total").increment() }

  /// Of a request whose result was not there, or not yet.
  static func miss() { Counter(label: "conversion_cache_misses_total").increment() }

  /// Of a request that named no valid token, or the like.
  static func refused(_ status: Int) {
    Counter(label: "conversion_refusals_total", dimensions: [("status", "\(status)")]).increment()
  }

  /// - Parameters:
  ///   - outcome: `ready`, or the failure's status.
  ///   - sourceBytes: that were fetched.
  package static func ended(
    outcome: String, sourceBytes: Int64, outputBytes: Int64, firstByte: Duration?, total: Duration
  ) {
    let labels = [("outcome", outcome)]
    Counter(label: "conversion_conversions_total", dimensions: labels).increment()
    Counter(label: "conversion_source_bytes_total").increment(by: sourceBytes)
    Counter(label: "conversion_output_bytes_total").increment(by: outputBytes)
    Timer(label: "conversion_duration_seconds", dimensions: labels).recordNanoseconds(nanoseconds(total))
    if let firstByte { Timer(label: "conversion_first_byte_seconds").recordNanoseconds(nanoseconds(firstByte)) }
  }

  /// What is in the cache; of no function in particular, as several look.
  package static func cached(entries: Int, bytes: Int64) {
    Meter(label: "conversion_cache_entries", dimensions: [("function", "")]).set(Int64(entries))
    Meter(label: "conversion_cache_bytes", dimensions: [("function", "")]).set(bytes)
  }

  static func swept(_ report: CacheSweep.Report, tokens: Int) {
    cached(entries: report.entries, bytes: report.bytes)
    Counter(label: "conversion_cache_evictions_total", dimensions: [("reason", "expired")])
      .increment(by: Int64(report.expired))
    Counter(label: "conversion_cache_evictions_total", dimensions: [("reason", "full")])
      .increment(by: Int64(report.evicted))
    Counter(label: "conversion_tokens_expired_total").increment(by: Int64(tokens))
  }

  private static func nanoseconds(_ duration: Duration) -> Int64 { Int64(duration / .nanoseconds(1)) }
}
