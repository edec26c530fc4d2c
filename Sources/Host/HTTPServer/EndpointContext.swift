package import Hummingbird
package import Logging
package import NIOCore
import NIOHTTPTypes
import Core

/// What every service on the endpoint knows of a request besides the request itself.
package struct EndpointContext: RequestContext {
  package var coreContext: CoreRequestContextStorage
  /// The connection; for its event loop and its peer.
  package let channel: any Channel
  /// Identifies the request in answers (`x-amz-request-id`, `x-amzn-RequestId`), events and logs.
  package let requestID: String
  /// Whether the client is still there; nil if that is not known.
  package let presence: ClientPresence?
  private let unnamedLogger: Logger

  package init(source: ApplicationRequestContextSource) {
    channel = source.channel
    requestID = RequestID.make()
    presence = .current
    coreContext = CoreRequestContextStorage(source: source)
    unnamedLogger = source.logger
  }

  /// Names the request. Made when something is to be said, as of most requests nothing is.
  package var logger: Logger {
    var logger = unnamedLogger
    logger[metadataKey: "requestID"] = .string(requestID)
    logger[metadataKey: "hb.request.id"] = nil
    return logger
  }

  /// The client's IP address, empty where unknown.
  package var sourceAddress: String { channel.remoteAddress?.ipAddress ?? "" }

  /// Returns when everything written so far has been taken by the socket, which is as fast as the client reads.
  package func flushed() async throws {
    try await channel.writeAndFlush(HTTPResponsePart.body(ByteBuffer()))
  }
}
