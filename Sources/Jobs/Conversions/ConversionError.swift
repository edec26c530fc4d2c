package import Core

/// Why a conversion, or a request for one, fails. Each kind has its status.
package struct ConversionError: ClassifiedError, Equatable {
  package enum Kind: String, Sendable, CaseIterable {
    case badParameter = "BadParameter"
    case unauthorized = "Unauthorized"
    case hostNotAllowed = "HostNotAllowed"
    case unknownToken = "UnknownToken"
    case expiredToken = "ExpiredToken"
    case sourceTooLarge = "SourceTooLarge"
    case notAVideo = "NotAVideo"
    case internalError = "InternalError"
    case sourceFailed = "SourceFailed"
    case queueFull = "QueueFull"
    case tooSlow = "TooSlow"

    package var status: Int {
      switch self {
      case .badParameter: 400
      case .unauthorized: 401
      case .hostNotAllowed: 403
      case .unknownToken: 404
      case .expiredToken: 410
      case .sourceTooLarge: 413
      case .notAVideo: 415
      case .internalError: 500
      case .sourceFailed: 502
      case .queueFull: 503
      case .tooSlow: 504
      }
    }

    /// HTTP's own words for the status.
    package var reason: String {
      switch self {
      case .badParameter: "Bad Request"
      case .unauthorized: "Unauthorized"
      case .hostNotAllowed: "Forbidden"
      case .unknownToken: "Not Found"
      case .expiredToken: "Gone"
      case .sourceTooLarge: "Payload Too Large"
      case .notAVideo: "Unsupported Media Type"
      case .internalError: "Internal Server Error"
      case .sourceFailed: "Bad Gateway"
      case .queueFull: "Service Unavailable"
      case .tooSlow: "Gateway Timeout"
      }
    }
  }

  package let kind: Kind
  package let message: String

  package init(_ kind: Kind, _ message: String) {
    self.kind = kind
    self.message = message
  }

  package var code: String { kind.rawValue }
  package var isRetryable: Bool { false }

  /// `{"statusCode", "error", "message"}`.
  package var document: JSONValue {
    .object([
      "statusCode": .integer(Int64(kind.status)), "error": .string(kind.reason), "message": .string(message),
    ])
  }
}
