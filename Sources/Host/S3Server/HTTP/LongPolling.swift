import HTTPServer
import S3Storage
import HummingbirdCore
import S3Protocol

extension S3Call {
  /// `Prefer: wait=SECONDS` (RFC 7240 §4.3): for how long the client would rather wait than hear that an object is not
  /// there (404) or is still the one it has (304). At most 20 seconds, before which no client takes a connection for dead.
  var longPollingTime: Duration? {
    for preference in (header("prefer") ?? "").split(whereSeparator: { $0 == "," || $0 == ";" }) {
      let parts = preference.split(separator: "=", maxSplits: 1).map { String($0).trimmingSpaces }
      if parts.count == 2, parts[0].lowercased() == "wait", let seconds = Int(parts[1]), seconds > 0 {
        return .seconds(min(seconds, 20))
      }
    }
    return nil
  }
}

extension S3Responder {
  /// The answer, or the one after the object's next change where it would be 404 or 304 and the client would rather wait.
  ///
  /// S3 does not know this; a client that asks it elsewhere gets its answer at once.
  func longPolling(
    _ address: ObjectAddress, _ call: S3Call, _ answer: () async throws -> Response
  ) async throws -> Response {
    // Watched before it is looked at: so no change falls between the two.
    guard let longPollingTime = call.longPollingTime, let watch = backend.watch(address) else {
      return try await answer()
    }
    do {
      return try await answer()
    } catch let error as S3Error where error.knownCode == .noSuchKey || error.knownCode == .notModified {
      await watch.change(within: longPollingTime)
      return try await answer()
    }
  }
}
