package import Hummingbird
package import Logging
package import NIOCore
package import ServiceLifecycle

/// A listening port: the one way in which every port of the host is set up.
package enum HTTPListener {
  /// - Parameters:
  ///   - host: the address to listen on.
  ///   - port: 0 takes any free one.
  ///   - onListening: called with the address under which this machine reaches the port, `http://127.0.0.1:4566`.
  package static func service(
    host: String, port: Int, responder: EndpointResponder, logger: Logger,
    onListening: @escaping @Sendable (_ address: String) -> Void
  ) -> any Service {
    Application(
      responder: responder, server: EndpointChannel.server(),
      configuration: ApplicationConfiguration(address: .hostname(host, port: port), serverName: "zoetrope"),
      onServerRunning: { onListening(address($0, host)) }, logger: logger)
  }

  private static func address(_ channel: any Channel, _ host: String) -> String {
    let port = channel.localAddress?.port ?? 0
    let reachable =
      switch host {
      case "0.0.0.0": "127.0.0.1"
      case "::": "[::1]"
      default: host.contains(":") ? "[\(host)]" : host
      }
    return "http://\(reachable):\(port)"
  }
}
