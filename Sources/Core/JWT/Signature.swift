import COpenSSL
import Checksums

/// Checks of a token's signature by libcrypto.
enum Signature {
  static func isValid(_ signature: [UInt8], of text: [UInt8], by key: JSONWebKey) -> Bool {
    switch key.material {
    case .secret(let secret): ConstantTime.equal(Digest.hmacSHA256(key: secret, text), signature)
    case .publicKey(let der):
      switch key.algorithm {
      case .es256: signature.count == 64 && verify(DER.ecdsaSignature(signature), text, der, digest: EVP_sha256())
      case .edDSA: verify(signature, text, der, digest: nil)
      case .rs256, .hs256: verify(signature, text, der, digest: EVP_sha256())
      }
    }
  }

  private static func verify(_ signature: [UInt8], _ text: [UInt8], _ der: [UInt8], digest: OpaquePointer?) -> Bool {
    let key = der.withUnsafeBufferPointer { buffer -> OpaquePointer? in
      var position = buffer.baseAddress
      return d2i_PUBKEY(nil, &position, buffer.count)
    }
    defer {
      EVP_PKEY_free(key)
      ERR_clear_error()
    }
    guard let key, let context = EVP_MD_CTX_new() else { return false }
    defer { EVP_MD_CTX_free(context) }
    guard EVP_DigestVerifyInit(context, nil, digest, nil, key) == 1 else { return false }
    return EVP_DigestVerify(context, signature, signature.count, text, text.count) == 1
  }
}
