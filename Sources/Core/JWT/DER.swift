/// The few structures of ASN.1 in which libcrypto takes public keys and signatures (ITU-T X.690; RFC 3279, 5480, 8410).
enum DER {
  static func element(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
    var length: [UInt8] = []
    if content.count < 0x80 {
      length = [UInt8(content.count)]
    } else {
      var rest = content.count
      while rest > 0 {
        length.insert(UInt8(rest & 0xFF), at: 0)
        rest >>= 8
      }
      length.insert(0x80 | UInt8(length.count), at: 0)
    }
    return [tag] + length + content
  }

  static func sequence(_ parts: [UInt8]...) -> [UInt8] { element(0x30, parts.flatMap { $0 }) }

  /// A number that is not negative, from its bytes with the highest first.
  static func integer(_ bytes: some Collection<UInt8>) -> [UInt8] {
    let digits = bytes.drop { $0 == 0 }
    let needsSign = digits.first.map { $0 >= 0x80 } ?? true
    return element(0x02, (needsSign ? [0] : []) + digits)
  }

  static func bitString(_ bytes: [UInt8]) -> [UInt8] { element(0x03, [0] + bytes) }

  static func rsaPublicKey(modulus: [UInt8], exponent: [UInt8]) -> [UInt8] {
    let rsaEncryption: [UInt8] = [0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01, 0x05, 0x00]
    return sequence(sequence(rsaEncryption), bitString(sequence(integer(modulus), integer(exponent))))
  }

  static func p256PublicKey(x: [UInt8], y: [UInt8]) -> [UInt8] {
    let publicKey: [UInt8] = [0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01]
    let curve: [UInt8] = [0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07]
    return sequence(sequence(publicKey, curve), bitString([0x04] + x + y))
  }

  static func ed25519PublicKey(_ key: [UInt8]) -> [UInt8] {
    sequence(sequence([0x06, 0x03, 0x2B, 0x65, 0x70]), bitString(key))
  }

  /// What a token gives as two numbers of 32 bytes each (RFC 7518, 3.4).
  static func ecdsaSignature(_ raw: [UInt8]) -> [UInt8] { sequence(integer(raw[..<32]), integer(raw[32...])) }
}
