import Core

/// A request that got no complete response.
package struct TransportError: ClassifiedError, Equatable {
  /// What went wrong.
  package enum Kind: String, Sendable, CaseIterable {
    /// The request itself cannot be sent: malformed address, method or header.
    case badRequest = "BadRequest"
    case hostNotFound = "HostNotFound"
    case connectionRefused = "ConnectionRefused"
    /// No connection for another reason: no route, network down, proxy refused.
    case connectionFailed = "ConnectionFailed"
    /// Broken off after it was established, before the response was complete.
    case connectionReset = "ConnectionReset"
    /// Connecting, stalling or the whole request took too long; the message says which.
    case timedOut = "TimedOut"
    /// The TLS handshake failed for a reason that may pass.
    case tlsFailed = "TLSFailed"
    /// The server's certificate is not trusted, or this side's certificates are unusable.
    case tlsVerificationFailed = "TLSVerificationFailed"
    /// What came is not HTTP.
    case invalidResponse = "InvalidResponse"
    case responseTooLarge = "ResponseTooLarge"
    case headersTooLarge = "HeadersTooLarge"
    case cancelled = "Cancelled"
    /// The transport was shut down.
    case shutDown = "TransportShutDown"
    /// This process lacks memory, threads or descriptors.
    case outOfResources = "OutOfResources"
    case transferFailed = "TransferFailed"
  }

  package let kind: Kind
  package let message: String
  /// The server may have received the request, or part of it, and may have carried it out.
  package let wasSent: Bool

  package init(_ kind: Kind, _ message: String, wasSent: Bool = false) {
    self.kind = kind
    self.message = message
    self.wasSent = wasSent
  }

  package var code: String { kind.rawValue }

  package var isRetryable: Bool {
    switch kind {
    case .hostNotFound, .connectionRefused, .connectionFailed, .connectionReset, .timedOut, .tlsFailed,
      .invalidResponse, .outOfResources, .transferFailed:
      true
    case .badRequest, .tlsVerificationFailed, .responseTooLarge, .headersTooLarge, .cancelled, .shutDown:
      false
    }
  }
}
