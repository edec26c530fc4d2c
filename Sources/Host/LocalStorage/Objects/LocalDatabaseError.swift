import GRDB
import Core

/// What SQLite could not do.
package struct LocalDatabaseError: ClassifiedError {
  /// `StorageFull`, `DatabaseBusy`, `DatabaseCorrupt`, `NewerDatabase` or `DatabaseFailed`.
  package let code: String
  package let message: String
  package let isRetryable: Bool

  package init(code: String, message: String, isRetryable: Bool) {
    self.code = code
    self.message = message
    self.isRetryable = isRetryable
  }

  static func wrap(_ error: any Error, subject: String) -> LocalDatabaseError {
    if let error = error as? LocalDatabaseError { return error }
    guard let error = error as? DatabaseError else {
      return LocalDatabaseError(code: "DatabaseFailed", message: "'\(subject)': \(error)", isRetryable: false)
    }
    let message = "'\(subject)': \(error.message ?? "SQLite error \(error.extendedResultCode.rawValue)")"
    return switch error.resultCode {
    case .SQLITE_FULL: LocalDatabaseError(code: "StorageFull", message: message, isRetryable: true)
    case .SQLITE_BUSY, .SQLITE_LOCKED: LocalDatabaseError(code: "DatabaseBusy", message: message, isRetryable: true)
    case .SQLITE_CORRUPT, .SQLITE_NOTADB:
      LocalDatabaseError(code: "DatabaseCorrupt", message: message, isRetryable: false)
    case .SQLITE_IOERR: LocalDatabaseError(code: "DatabaseFailed", message: message, isRetryable: true)
    default: LocalDatabaseError(code: "DatabaseFailed", message: message, isRetryable: false)
    }
  }
}
