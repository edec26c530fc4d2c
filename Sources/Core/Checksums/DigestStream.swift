import COpenSSL

/// A digest of bytes that arrive in pieces. One owner at a time; not `Sendable`.
package final class DigestStream {
  private let algorithm: DigestAlgorithm
  private let context: OpaquePointer

  package init(_ algorithm: DigestAlgorithm) {
    self.algorithm = algorithm
    // Only exhausted memory, or a libcrypto configured to refuse the algorithm, makes these fail: nothing that a caller
    // could go on from, and a wrong digest must never be returned.
    guard let context = EVP_MD_CTX_new(), EVP_DigestInit_ex(context, algorithm.implementation, nil) == 1 else {
      fatalError("libcrypto offers no \(algorithm) digest on this machine")
    }
    self.context = context
  }

  deinit {
    EVP_MD_CTX_free(context)
  }

  package func update(_ bytes: UnsafeRawBufferPointer) {
    guard let start = bytes.baseAddress, !bytes.isEmpty else { return }
    precondition(EVP_DigestUpdate(context, start, bytes.count) == 1, "digest updated after it was finalized")
  }

  package func update(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { update($0) }
  }

  /// The digest of everything fed so far. To be called once; nothing may be fed afterwards.
  package func finalize() -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: algorithm.byteCount) { buffer, count in
      precondition(EVP_DigestFinal_ex(context, buffer.baseAddress, nil) == 1, "digest finalized twice")
      count = algorithm.byteCount
    }
  }
}
