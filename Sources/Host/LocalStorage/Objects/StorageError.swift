import Core

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// What the file system could not do.
package struct StorageError: ClassifiedError {
  /// `StorageFull`, `FileMissing` or `StorageFailed`.
  package let code: String
  package let message: String
  package let isRetryable: Bool

  /// - Parameters:
  ///   - number: `errno`.
  ///   - operation: the system call.
  package init(_ number: Int32, _ operation: String, _ path: String) {
    code =
      switch number {
      case ENOSPC, EDQUOT, EFBIG: "StorageFull"
      case ENOENT: "FileMissing"
      default: "StorageFailed"
      }
    message = "cannot \(operation) '\(path)': \(String(cString: strerror(number)))"
    isRetryable = number == EMFILE || number == ENFILE || number == ENOMEM || number == EAGAIN
  }
}
