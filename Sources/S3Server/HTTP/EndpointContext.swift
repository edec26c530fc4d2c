package import Hummingbird
import Logging
package import NIOCore
import RuntimeCore

/// What every service on the endpoint knows of a request besides the request itself.
package struct EndpointContext: RequestContext {
  package var coreContext: CoreRequestContextStorage
  /// The connection; for its event loop and its peer.
  package let channel: any Channel
  /// Identifies the request in answers (`x-amz-request-id`, `x-amzn-RequestId`), events and logs.
  package let requestID: String

  package init(source: ApplicationRequestContextSource) {
    channel = source.channel
    requestID = RequestID.make()
    coreContext = CoreRequestContextStorage(source: source)
    logger[metadataKey: "requestID"] = .string(requestID)
    logger[metadataKey: "hb.request.id"] = nil
  }

  /// The client's IP address, empty where unknown.
  package var sourceAddress: String { channel.remoteAddress?.ipAddress ?? "" }
}
