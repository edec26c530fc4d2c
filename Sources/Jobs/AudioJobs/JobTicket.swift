import Checksums
package import Core
import Encodings

/// Lets a caller without the service's key see one job for a while: `EventSource` sends no headers. Pure.
///
/// `EXPIRY.SIGNATURE`: seconds since 1970, and the HMAC-SHA256 of the job's id and of that under the job's own secret.
package enum JobTicket {
  /// Seconds that a ticket is valid for.
  package static let life: Int64 = 3600

  package struct Secret: Sendable, Codable, Equatable {
    /// 64 hexadecimal digits.
    package var secret: String

    package static func make() -> Secret { Secret(secret: RandomDigits.make() + RandomDigits.make()) }
  }

  /// - Parameter now: seconds since 1970.
  package static func issue(_ job: TranscodeJob, _ secret: Secret, now: Int64) -> String {
    let expiry = now + life
    return "\(expiry).\(signature(job, secret, expiry))"
  }

  package static func isValid(_ ticket: String, _ job: TranscodeJob, _ secret: Secret, now: Int64) -> Bool {
    let pieces = ticket.split(separator: ".", maxSplits: 1)
    guard pieces.count == 2, let expiry = Int64(pieces[0]) else { return false }
    let isRight = ConstantTime.equal(Array(pieces[1].utf8), Array(signature(job, secret, expiry).utf8))
    return isRight && expiry > now
  }

  private static func signature(_ job: TranscodeJob, _ secret: Secret, _ expiry: Int64) -> String {
    Digest.hmacSHA256(key: Array(secret.secret.utf8), Array("\(job.id).\(expiry)".utf8)).hexString
  }
}
