import SigV4

/// Who signed a request, and what the signature says about its body.
struct Caller: Sendable {
  let accessKeyID: String
  let payload: PayloadHash
  /// The signatures that the chunks of the body must carry.
  let chunks: ChunkSigner?
}
