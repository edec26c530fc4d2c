import Audio
import MediaJobs
import Metrics

/// What the service records about itself; names as in docs/TRANSCODING.md.
enum TranscodeMetrics {
  static func request(_ parameters: TranscodeParameters?, route: String, outcome: String, took: Duration?) {
    let target = parameters?.target.rawValue ?? ""
    let labels = [
      ("route", route), ("target", target), ("quality", parameters?.quality?.rawValue ?? "default"),
      ("outcome", outcome),
    ]
    Counter(label: "transcode_requests_total", dimensions: labels).increment()
    if let took { record("transcode_seconds", took, [("target", target)]) }
  }

  static func firstByte(_ took: Duration, _ parameters: TranscodeParameters) {
    record("transcode_first_byte_seconds", took, [("target", parameters.target.rawValue)])
  }

  /// - Parameters:
  ///   - audio: seconds of audio that were transcoded.
  ///   - took: seconds that it took.
  static func speed(audio: Double, took: Double) {
    Counter(label: "transcode_audio_seconds_total").increment(by: Int64(audio.rounded()))
    if took > 0 { Recorder(label: "transcode_audio_seconds_per_second").record(audio / took) }
  }

  static func bytes(in received: Int64, out sent: Int64, scratch: Int64) {
    Counter(label: "transcode_received_bytes_total").increment(by: received)
    Counter(label: "transcode_sent_bytes_total").increment(by: sent)
    if scratch > 0 { Recorder(label: "transcode_scratch_bytes").record(scratch) }
  }

  static func cacheLookup(isHit: Bool) {
    Counter(label: isHit ? "transcode_cache_hits_total" : "transcode_cache_misses_total").increment()
  }

  static func cache(bytes: Int64, evicted: Int) {
    Gauge(label: "transcode_cache_bytes").record(bytes)
    if evicted > 0 { Counter(label: "transcode_cache_evictions_total").increment(by: Int64(evicted)) }
  }

  static func jobs(waiting: Int, running: Int) {
    Gauge(label: "transcode_jobs_waiting").record(waiting)
    Gauge(label: "transcode_jobs_running").record(running)
  }

  static func jobEnded(_ status: JobStatus, _ target: String, seconds: Double? = nil, audio: Double? = nil) {
    Counter(label: "transcode_jobs_total", dimensions: [("target", target), ("outcome", status.rawValue)]).increment()
    guard let seconds else { return }
    Metrics.Timer(label: "transcode_job_seconds", dimensions: [("target", target)])
      .recordNanoseconds(Int64(seconds * 1e9))
    if let audio { speed(audio: audio, took: seconds) }
  }

  private static func record(_ label: String, _ took: Duration, _ dimensions: [(String, String)]) {
    Metrics.Timer(label: label, dimensions: dimensions).recordNanoseconds(Int64(took / .nanoseconds(1)))
  }
}
