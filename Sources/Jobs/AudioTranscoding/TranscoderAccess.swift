import Checksums
import Core
package import LambdaEvents

/// Who may use the service. Pure.
package enum TranscoderAccess {
  /// A request that came by the pages' port needs no key: the guard there has let this machine's user pass.
  ///
  /// - Parameter key: the service's; `nil` if none was configured.
  /// - Returns: why the request is refused; `nil` if it may go on.
  package static func refusal(_ event: HTTPEvent, key: String?) -> TranscodeProblem? {
    if event.isLocal { return nil }
    guard let key else {
      if isFromHere(event) { return nil }
      return TranscodeProblem(
        401, "no key is configured, so only requests from this machine are served; set TRANSCODER_AUTH_TOKEN")
    }
    guard var given = event.header("x-transcoder-key") else {
      return TranscodeProblem(401, "the request needs the header X-Transcoder-Key")
    }
    if given.lowercased().hasPrefix("bearer ") { given = String(given.dropFirst(7)) }
    let isRight = ConstantTime.equal(Array(given.utf8), Array(key.utf8))
    return isRight ? nil : TranscodeProblem(401, "the key in X-Transcoder-Key is wrong")
  }

  /// A request that a proxy passed on comes from elsewhere, though the proxy may be here. So does one of a page from
  /// elsewhere in a browser of this machine, by this machine's address or by a name of its own that leads to it.
  private static func isFromHere(_ event: HTTPEvent) -> Bool {
    let fields = ["forwarded", "via", "x-real-ip"]
    if event.headers.keys.contains(where: { fields.contains($0) || $0.hasPrefix("x-forwarded-") }) { return false }
    if let host = event.header("host"), NetworkHost(authority: host)?.isLoopback != true { return false }
    if let origin = event.header("origin") {
      guard let end = origin.firstRange(of: "://"),
        NetworkHost(authority: origin[end.upperBound...])?.isLoopback == true
      else { return false }
    }
    if event.header("sec-fetch-site") == "cross-site" { return false }
    let address = event.requestContext.http.sourceIp
    return address == "::1" || address == "127.0.0.1" || address == "::ffff:127.0.0.1"
  }
}
