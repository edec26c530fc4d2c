import Core

/// A function's archive that cannot be used, or not here.
package struct CodeArchiveError: ClassifiedError, Equatable {
  package let code: String
  package let message: String
  package var isRetryable: Bool { false }

  init(_ code: String, _ message: String) {
    self.code = code
    self.message = message
  }

  static func damaged(_ what: String) -> CodeArchiveError {
    CodeArchiveError("InvalidZipFile", "the archive must be a whole ZIP file: \(what)")
  }

  static func unsafe(_ name: String, _ what: String) -> CodeArchiveError {
    CodeArchiveError("UnsafeZipFile", "the archive's entry '\(name.prefix(200))' \(what)")
  }

  static func tooLarge(_ what: String) -> CodeArchiveError {
    CodeArchiveError("CodeStorageExceeded", "the archive \(what)")
  }
}
