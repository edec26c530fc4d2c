/// What a valid signature vouches for.
package struct VerifiedRequest: Sendable {
  package let accessKeyID: String
  /// The scope's day, `yyyyMMdd`.
  package let date: String
  package let region: String
  package let service: String
  /// What the body must match. `.sha256` was only compared with the body where that was given: else the reader has to.
  package let payload: PayloadHash
  /// The signature stood in the query.
  package let isPresigned: Bool
  /// Lower case; what was not signed may have been added on the way.
  package var signedHeaders: Set<String> { Set(signedHeaderNames) }
  let signedHeaderNames: [String]
  /// The signatures which the chunks must carry; `nil` where the payload has none.
  package let chunks: ChunkSigner?
}
