import Core

/// Why a remote source cannot be fetched.
package struct RemoteFetchError: ClassifiedError, Equatable {
  package enum Kind: String, Sendable, CaseIterable {
    /// Not an address that can be fetched: malformed, with credentials, another scheme.
    case invalidURL = "InvalidURL"
    /// The host is not on the list of hosts.
    case hostNotAllowed = "HostNotAllowed"
    /// The host's address is private, or belongs to this machine or its link.
    case addressRefused = "AddressRefused"
    case tooManyRedirects = "TooManyRedirects"
    /// More bytes than are allowed.
    case tooLarge = "SourceTooLarge"
    /// The whole took longer than is allowed.
    case tooSlow = "SourceTooSlow"
    /// The server refused, broke off, or cannot be reached.
    case sourceFailed = "SourceFailed"
    /// The source changed while it was read.
    case replaced = "SourceReplaced"
    case cancelled = "Cancelled"
  }

  package let kind: Kind
  package let message: String
  package let isRetryable: Bool

  package init(_ kind: Kind, _ message: String, isRetryable: Bool = false) {
    self.kind = kind
    self.message = message
    self.isRetryable = isRetryable
  }

  package var code: String { kind.rawValue }
}
