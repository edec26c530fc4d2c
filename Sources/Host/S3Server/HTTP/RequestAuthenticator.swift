package import HummingbirdCore
import NIOCore
package import Core
package import SigV4

/// Verifies the signatures of requests to services other than S3, whose bodies are small and read at once.
package struct RequestAuthenticator: Sendable {
  private let verifier: SigV4Verifier
  private let clock: WallClock

  package init(verifier: SigV4Verifier, clock: WallClock = .system) {
    self.verifier = verifier
    self.clock = clock
  }

  /// Reads the body and verifies it together with the head: these services sign the body's hash but do not send it.
  ///
  /// - Parameters:
  ///   - authorization: the header of that name, if it has been taken apart already.
  ///   - bodyLimit: in bytes.
  /// - Throws: `SigV4Error`; `NIOTooManyBytesError` where the body is longer than the limit.
  package func authenticate(
    _ request: Request, authorization: AuthorizationHeader? = nil, bodyLimit: Int
  ) async throws -> (verified: VerifiedRequest, body: [UInt8]) {
    let signable = SignableRequest(request.head)
    // A signature that cannot be read is refused before the body is asked for.
    guard authorization != nil || SigV4Verifier.claimedScope(of: signable) != nil else {
      return (try verifier.verify(signable, at: clock.now()), [])
    }
    let body = Array(buffer: try await request.body.collect(upTo: bodyLimit))
    return (try verifier.verify(signable, header: authorization, body: .of(body), at: clock.now()), body)
  }
}
