import Encodings
import Checksums
import Testing

/// FIPS 180-4's and RFC 1321's own examples.
@Suite struct DigestTests {
  @Test(arguments: [
    ("", "d41d8cd98f00b204e9800998ecf8427e"),
    ("abc", "900150983cd24fb0d6963f7d28e17f72"),
    ("message digest", "f96b697d7cb7938d525a2f31aaf161d0"),
    (
      "12345678901234567890123456789012345678901234567890123456789012345678901234567890",
      "57edf4a22be3c955ac49da2e2107b67a"
    ),
  ])
  func md5(text: String, hex: String) {
    #expect(Digest.md5([UInt8](text.utf8)).hexString == hex)
  }

  @Test(arguments: [
    ("", "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
    ("abc", "a9993e364706816aba3e25717850c26c9cd0d89d"),
    ("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "84983e441c3bd26ebaae4aa1f95129e5e54670f1"),
  ])
  func sha1(text: String, hex: String) {
    #expect(Digest.sha1([UInt8](text.utf8)).hexString == hex)
  }

  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
  ])
  func sha256(text: String, hex: String) {
    #expect(Digest.sha256([UInt8](text.utf8)).hexString == hex)
  }

  @Test("SHA-256 of a million letters")
  func sha256OfAMillionLetters() {
    #expect(
      Digest.sha256([UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000)).hexString
        == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
  }

  @Test(
    "RFC 4231, and keys of any length",
    arguments: [
      (
        [UInt8](repeating: 0x0B, count: 20), "Hi There",
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
      ),
      (
        [UInt8]("Jefe".utf8), "what do ya want for nothing?",
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
      ),
      (
        [UInt8](repeating: 0xAA, count: 131), "Test Using Larger Than Block-Size Key - Hash Key First",
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
      ),
      ([], "", "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"),
    ])
  func hmac(key: [UInt8], message: String, hex: String) {
    #expect(Digest.hmacSHA256(key: key, [UInt8](message.utf8)).hexString == hex)
  }

  @Test("pieces make the same digest as the whole", arguments: [1, 3, 63, 64, 65, 1000])
  func pieces(size: Int) {
    let bytes = pattern(count: 10_000)
    let stream = DigestStream(.sha256)
    for start in stride(from: 0, to: bytes.count, by: size) {
      stream.update(Array(bytes[start..<min(start + size, bytes.count)]))
    }
    stream.update([])
    #expect(stream.finalize() == Digest.sha256(bytes))
  }
}

/// Bytes without a short period, always the same.
func pattern(count: Int) -> [UInt8] {
  var state: UInt32 = 0x1234_5678
  return (0..<count).map { _ in
    state = state &* 1_664_525 &+ 1_013_904_223
    return UInt8(truncatingIfNeeded: state >> 24)
  }
}
