package import AudioJobs
package import LambdaEvents

/// What a request's method and path ask for. Pure.
package enum TranscodeRoute: Equatable {
  case health
  case transcode
  case batch
  case beginJob
  /// An address to which a file is sent that is too large for a request.
  case beginUpload
  case job(TranscodeJob)
  case events(TranscodeJob)
  case result(TranscodeJob)
  case waveform(TranscodeJob)
  case cancel(TranscodeJob)

  /// - Throws: `TranscodeProblem` 404, or 405 for a path that has other methods.
  package init(_ event: HTTPEvent) throws(TranscodeProblem) {
    guard let (route, methods) = Self.known(event.rawPath) else {
      throw TranscodeProblem(404, "there is no \(event.rawPath.prefix(100))")
    }
    if event.method == "DELETE", case .job(let job) = route {
      self = .cancel(job)
      return
    }
    guard methods.contains(event.method) else {
      throw TranscodeProblem(
        405, "\(event.method) is not for \(event.rawPath.prefix(100))", allowed: methods.joined(separator: ", "))
    }
    self = route
  }

  /// A name for logs and metrics.
  var name: String {
    switch self {
    case .health: "health"
    case .transcode: "transcode"
    case .batch: "batch"
    case .beginUpload: "upload"
    case .beginJob, .job, .events, .result, .waveform, .cancel: "job"
    }
  }

  private static func known(_ path: String) -> (TranscodeRoute, [String])? {
    let reading = ["GET", "HEAD"]
    let pieces = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map(String.init)
    switch (pieces.first, pieces.count) {
    case ("health", 1): return (.health, reading)
    case ("transcode", 1): return (.transcode, ["POST"])
    case ("transcode", 2) where pieces[1] == "batch": return (.batch, ["POST"])
    case ("transcode", 2) where pieces[1] == "jobs": return (.beginJob, ["POST"])
    case ("transcode", 2) where pieces[1] == "uploads": return (.beginUpload, ["POST"])
    case ("transcode", 3...4) where pieces[1] == "jobs":
      guard let job = TranscodeJob(id: pieces[2]) else { return nil }
      switch pieces.count == 4 ? pieces[3] : "" {
      case "" where pieces.count == 3: return (.job(job), reading + ["DELETE"])
      case "events": return (.events(job), reading)
      case "result": return (.result(job), reading)
      case "waveform": return (.waveform(job), reading)
      default: return nil
      }
    default: return nil
    }
  }
}
