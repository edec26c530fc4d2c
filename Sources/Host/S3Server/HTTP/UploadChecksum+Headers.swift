import HTTPServer
import S3Storage
import Checksums
import HTTPTypes
import S3Protocol

extension UploadChecksum {
  /// What `CreateMultipartUpload` says about checksums; nil where it says nothing.
  ///
  /// https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
  /// - Throws: `InvalidRequest` for kinds that an algorithm cannot have.
  init?(_ fields: HTTPFields) throws(S3Error) {
    guard let name = fields.value("x-amz-checksum-algorithm") else {
      if fields.value("x-amz-checksum-type") == nil { return nil }
      throw S3Error(
        .invalidRequest,
        message: "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.")
    }
    let algorithm = try BodyPlan.algorithm(named: name)
    let kinds: [ObjectChecksums.Kind] =
      switch algorithm {
      case .crc32, .crc32c: [.composite, .fullObject]
      case .crc64nvme: [.fullObject]
      case .sha1, .sha256, .sha512, .md5, .xxhash64, .xxhash3, .xxhash128: [.composite]
      }
    let wanted = fields.value("x-amz-checksum-type").map { $0.uppercased() }
    guard let kind = wanted.map({ name in kinds.first { $0.rawValue == name } }) ?? kinds[0] else {
      throw S3Error(
        .invalidRequest,
        message: "The \(wanted ?? "") checksum type cannot be used with the \(algorithm.rawValue.lowercased()) "
          + "checksum algorithm.")
    }
    self.init(algorithm: algorithm, kind: kind)
  }
}
