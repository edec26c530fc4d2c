import HTTPServer
import HTTPTypes
import S3Protocol

/// Where S3 would keep an object. Here all lie on the same disk; the name is kept, told and listed.
///
/// https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-class-intro.html
enum StorageClass {
  /// Those from which an object can be read at once.
  private static let immediate: Set<String> = [
    "STANDARD", "REDUCED_REDUNDANCY", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER_IR",
  ]
  /// An object in one of these is read after `RestoreObject` only, which is not implemented.
  private static let archives: Set<String> = ["GLACIER", "DEEP_ARCHIVE"]

  /// The class that the headers name; nil for `STANDARD`, which answers leave out.
  ///
  /// - Throws: `InvalidStorageClass`; `NotImplemented` for archives.
  static func read(_ fields: HTTPFields) throws(S3Error) -> String? {
    guard let name = fields.value("x-amz-storage-class") else { return nil }
    if archives.contains(name) {
      throw S3Error(
        .notImplemented, message: "Objects of the storage class \(name) would have to be restored to be read.",
        extra: ["Header": "x-amz-storage-class"])
    }
    guard immediate.contains(name) else {
      throw S3Error(.invalidStorageClass, extra: ["StorageClassRequested": name])
    }
    return name == "STANDARD" ? nil : name
  }
}
