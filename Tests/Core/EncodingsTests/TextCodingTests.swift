import Encodings
import Testing

@Suite struct TextCodingTests {
  @Test("every byte has its two hexadecimal digits")
  func hexOfEveryByte() {
    let bytes = [UInt8](0...255)
    #expect(bytes.hexString.count == 512)
    #expect(Hex.decode(bytes.hexString) == bytes)
    #expect(Hex.decode(bytes.hexString.uppercased()) == bytes)
    #expect([0x0A, 0xF0].hexString == "0af0")
  }

  @Test("what is not hexadecimal is refused", arguments: ["0", "0g", "+1", " 0", "é0", "0x"])
  func badHex(text: String) {
    #expect(Hex.decode(text) == nil)
  }

  @Test(
    "RFC 4648 §10",
    arguments: [
      ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
      ("foobar", "Zm9vYmFy"),
    ])
  func base64(text: String, encoded: String) {
    #expect(Base64.encode([UInt8](text.utf8)) == encoded)
    #expect(Base64.decode(encoded) == [UInt8](text.utf8))
  }

  @Test("what is not base 64 is refused", arguments: ["Zg", "Zg=", "Z===", "Zm9v!", "Zm 9v", "Zm9v\n", "Zg==Zg=="])
  func badBase64(text: String) {
    #expect(Base64.decode(text) == nil)
  }
}
