import Encodings
import Checksums
import Testing

@Suite struct ChecksumTests {
  @Test(
    "the check values of the CRC catalogue, over 123456789",
    arguments: [
      (ChecksumAlgorithm.crc32, "cbf43926"),
      (.crc32c, "e3069283"),
      (.crc64nvme, "ae8b14860a799888"),
      (.sha1, "f7c3bc1d808e04732adf679965ccc34ca7ae3441"),
      (.sha256, "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225"),
      (
        .sha512,
        "d9e6762dd1c8eaf6d61b3c6192fc408d4d6d5f1176d0c29169bc24e71c3f274ad27fcd5811b313d681f7e55ec02d73d499c95455b6b5bb503acf574fba8ffe85"
      ),
      (.md5, "25f9e794323b453885f5181f1b624d0b"),
      (.xxhash64, "8cb841db40e6ae83"),
      (.xxhash3, "72dcb18b67a17dff"),
      (.xxhash128, "33119477ede5dcd5e9716427681d5860"),
    ])
  func checkValue(algorithm: ChecksumAlgorithm, hex: String) {
    #expect(value(algorithm, [UInt8]("123456789".utf8)).hexString == hex)
  }

  @Test(
    "nothing at all",
    arguments: [
      (ChecksumAlgorithm.crc32, "00000000"), (.crc32c, "00000000"), (.crc64nvme, "0000000000000000"),
    ])
  func empty(algorithm: ChecksumAlgorithm, hex: String) {
    #expect(value(algorithm, []).hexString == hex)
  }

  @Test(
    "RFC 3720 §B.4",
    arguments: [
      ([UInt8](repeating: 0, count: 32), "8a9136aa"),
      ([UInt8](repeating: 0xFF, count: 32), "62a8ab43"),
      ([UInt8](0..<32), "46dd794e"),
      ([UInt8]((0..<32).reversed()), "113fdb5c"),
    ])
  func castagnoli(bytes: [UInt8], hex: String) {
    #expect(value(.crc32c, bytes).hexString == hex)
  }

  @Test("the trailing checksum of S3's documented example: 65 KiB of the letter a")
  func documentedExample() {
    let stream = ChecksumStream(.crc32c)
    stream.update([UInt8](repeating: UInt8(ascii: "a"), count: 66_560))
    #expect(stream.finalizeBase64() == "sOO8/Q==")
  }

  @Test("pieces of any size and alignment make the same value as the whole", arguments: ChecksumAlgorithm.allCases)
  func pieces(algorithm: ChecksumAlgorithm) {
    let bytes = pattern(count: 4099)
    let whole = value(algorithm, bytes)
    for size in [1, 7, 15, 16, 17, 33, 1024] {
      let stream = ChecksumStream(algorithm)
      bytes.withUnsafeBytes { buffer in
        for start in stride(from: 0, to: buffer.count, by: size) {
          stream.update(UnsafeRawBufferPointer(rebasing: buffer[start..<min(start + size, buffer.count)]))
        }
      }
      #expect(stream.finalize() == whole, "in pieces of \(size)")
    }
  }

  @Test(
    "sixteen bytes at a time give what one at a time gives",
    arguments: [
      ChecksumAlgorithm.crc32, .crc32c, .crc64nvme,
    ])
  func everyLength(algorithm: ChecksumAlgorithm) {
    let bytes = pattern(count: 70)
    for count in 0...bytes.count {
      let byteByByte = ChecksumStream(algorithm)
      for byte in bytes.prefix(count) { byteByByte.update([byte]) }
      #expect(value(algorithm, Array(bytes.prefix(count))) == byteByByte.finalize(), "over \(count) bytes")
    }
  }

  @Test("every flipped bit changes every CRC", arguments: [ChecksumAlgorithm.crc32, .crc32c, .crc64nvme])
  func flippedBits(algorithm: ChecksumAlgorithm) {
    let bytes = pattern(count: 40)
    let whole = value(algorithm, bytes)
    for bit in 0..<bytes.count * 8 {
      var damaged = bytes
      damaged[bit / 8] ^= 1 << UInt8(bit % 8)
      #expect(value(algorithm, damaged) != whole)
    }
  }

  @Test("algorithms have the names and lengths of S3")
  func names() {
    #expect(ChecksumAlgorithm.crc64nvme.headerName == "x-amz-checksum-crc64nvme")
    #expect(ChecksumAlgorithm(rawValue: "SHA256") == .sha256)
    for algorithm in ChecksumAlgorithm.allCases {
      #expect(value(algorithm, [1, 2, 3]).count == algorithm.byteCount)
    }
  }

  private func value(_ algorithm: ChecksumAlgorithm, _ bytes: [UInt8]) -> [UInt8] {
    let stream = ChecksumStream(algorithm)
    stream.update(bytes)
    return stream.finalize()
  }
}
