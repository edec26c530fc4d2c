import Glibc
import S3Protocol

extension ObjectStoreError {
  /// A system call failed.
  ///
  /// - Parameter number: `errno`.
  static func system(_ number: Int32, _ doing: String, subject: String) -> ObjectStoreError {
    let isFull = number == ENOSPC || number == EDQUOT
    return ObjectStoreError(
      code: isFull ? "StorageFull" : "FolderFailed",
      message: "\(subject): \(doing) failed: \(String(cString: strerror(number)))",
      isRetryable: number == EMFILE || number == ENFILE || number == EINTR || number == EAGAIN)
  }

  /// A folder cannot hold an object where it has a folder, or the other way round, as S3 can.
  static func folderConflict(subject: String) -> ObjectStoreError {
    ObjectStoreError(
      code: "KeyConflictsWithFolder",
      message: "\(subject): in a folder, a name cannot be an object and the beginning of another object's path at once",
      httpStatus: S3ErrorCode.operationAborted.httpStatus, isRetryable: false)
  }
}
