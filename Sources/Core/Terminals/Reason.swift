import Core
import FoundationEssentials
import Glibc

/// What an error says to a person. Errors of Foundation and of the system print their own insides otherwise.
package enum Reason {
  package static func of(_ error: any Error) -> String {
    switch error {
    case let error as any ClassifiedError: error.message
    case let error as POSIXError: system(error.code.rawValue)
    case let error as CocoaError: error.underlying.map(of) ?? ofFile(error)
    case let error as DecodingError: ofJSON(error)
    default: "\(error)"
    }
  }

  private static func system(_ code: Int32) -> String { String(cString: strerror(code)) }

  private static func ofFile(_ error: CocoaError) -> String {
    switch error.code {
    case .fileNoSuchFile, .fileReadNoSuchFile: system(ENOENT)
    case .fileReadNoPermission, .fileWriteNoPermission: system(EACCES)
    case .fileWriteOutOfSpace: system(ENOSPC)
    case .fileWriteVolumeReadOnly: system(EROFS)
    case .fileWriteFileExists: system(EEXIST)
    default: "error \(error.code.rawValue) of the file system"
    }
  }

  private static func ofJSON(_ error: DecodingError) -> String {
    let context: DecodingError.Context? =
      switch error {
      case .dataCorrupted(let context), .keyNotFound(_, let context), .typeMismatch(_, let context),
        .valueNotFound(_, let context):
        context
      @unknown default: nil
      }
    guard let context else { return "it does not have the expected form" }
    let cause = context.underlyingError.map { ($0 as? DecodingError).map(ofJSON) ?? "\($0)" }
    let place = context.codingPath.map(\.stringValue).joined(separator: ".")
    return (place.isEmpty ? "" : "at '\(place)': ") + (cause ?? context.debugDescription)
  }
}
