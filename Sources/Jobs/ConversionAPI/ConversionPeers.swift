import Checksums
import Conversions

/// Which of several instances converts a source: the one whose name and the source's together have the highest hash
/// (rendezvous hashing), so that a further instance takes over only its own share.
package enum ConversionPeers {
  /// A request that has it was forwarded once and is not forwarded again.
  package static let header = "x-zoetrope-forwarded"

  /// - Parameters:
  ///   - peers: base URLs of all instances.
  ///   - own: this instance's base URL.
  /// - Returns: `nil` for this instance itself.
  package static func choose(for url: String, among peers: [String], own: String) -> String? {
    let best = peers.max { left, right in
      let (a, b) = (weight(left, url), weight(right, url))
      return a == b ? left < right : a.lexicographicallyPrecedes(b)
    }
    guard let best, best.lowercased() != own.lowercased() else { return nil }
    return best
  }

  private static func weight(_ peer: String, _ url: String) -> [UInt8] {
    Digest.sha256(Array("\(peer.lowercased())\n\(url)".utf8))
  }
}
