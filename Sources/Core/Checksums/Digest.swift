import COpenSSL

/// Digests of bytes that are all there.
package enum Digest {
  package static func md5(_ bytes: [UInt8]) -> [UInt8] { md5(of: [bytes])[0] }

  /// Of several messages, `MD5Stream.sideBySide` of which take little longer than one.
  package static func md5(of messages: [[UInt8]]) -> [[UInt8]] {
    let streams = messages.map { _ in MD5Stream() }
    feed(streams[...], messages[...], [])
    return streams.map { $0.finalize() }
  }

  /// An array's bytes may be looked at only inside of a call, so that there is one call inside of the other.
  private static func feed(
    _ streams: ArraySlice<MD5Stream>, _ messages: ArraySlice<[UInt8]>, _ work: [MD5Stream.Work]
  ) {
    guard let stream = streams.first, let message = messages.first else { return MD5Stream.update(work) }
    message.withUnsafeBytes { feed(streams.dropFirst(), messages.dropFirst(), work + [(stream, [$0])]) }
  }

  package static func sha1(_ bytes: [UInt8]) -> [UInt8] { digest(.sha1, bytes) }
  package static func sha256(_ bytes: [UInt8]) -> [UInt8] { digest(.sha256, bytes) }

  /// HMAC with SHA-256 (RFC 2104, RFC 4231); any key length.
  package static func hmacSHA256(key: [UInt8], _ message: [UInt8]) -> [UInt8] {
    hmac(.sha256, key: key, message)
  }

  /// HMAC with SHA-1, for what is older.
  package static func hmacSHA1(key: [UInt8], _ message: [UInt8]) -> [UInt8] {
    hmac(.sha1, key: key, message)
  }

  private static func digest(_ algorithm: DigestAlgorithm, _ bytes: [UInt8]) -> [UInt8] {
    let stream = DigestStream(algorithm)
    stream.update(bytes)
    return stream.finalize()
  }

  /// RFC 2104 §2. libcrypto's `HMAC` looks both the code and the digest up each time, at the price of six digests.
  private static func hmac(_ algorithm: DigestAlgorithm, key: [UInt8], _ message: [UInt8]) -> [UInt8] {
    let short = key.count > algorithm.blockSize ? digest(algorithm, key) : key
    let padded = short + [UInt8](repeating: 0, count: algorithm.blockSize - short.count)
    let inner = DigestStream(algorithm)
    inner.update(padded.map { $0 ^ 0x36 })
    inner.update(message)
    let outer = DigestStream(algorithm)
    outer.update(padded.map { $0 ^ 0x5c })
    outer.update(inner.finalize())
    return outer.finalize()
  }
}
