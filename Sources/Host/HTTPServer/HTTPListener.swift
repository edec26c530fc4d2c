import Hummingbird
import HummingbirdCore
package import Logging
import NIOCore
package import ServiceLifecycle

/// A listening port: the one way in which every port of the host is set up.
package enum HTTPListener {
  /// Connections of a port at the same time; more wait to be accepted.
  package static let maximumConnections = 1024

  /// - Parameters:
  ///   - host: the address to listen on.
  ///   - port: 0 takes any free one.
  ///   - channel: what holds for every connection.
  ///   - drain: until when open connections may go on after the shutdown has begun. None: until they end.
  ///   - onListening: called with the address under which this machine reaches the port, `http://127.0.0.1:4566`.
  package static func service(
    host: String, port: Int, responder: EndpointResponder, channel: EndpointChannel.Configuration = .init(),
    drain: DrainDeadline? = nil, logger: Logger, onListening: @escaping @Sendable (_ address: String) -> Void
  ) -> any Service {
    let application = Application(
      responder: responder, server: EndpointChannel.server(channel),
      configuration: ApplicationConfiguration(
        address: .hostname(host, port: port), serverName: "zoetrope",
        availableConnectionsDelegate: MaximumAvailableConnections(maximumConnections)),
      onServerRunning: { onListening(address($0, host)) }, logger: logger)
    guard let drain else { return application }
    return DrainedService(service: application, connections: channel.connections, drain: drain)
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

/// A listening port whose connections are cut when the shutdown has taken as long as it may.
private struct DrainedService: Service {
  let service: any Service
  let connections: ConnectionRegistry
  let drain: DrainDeadline

  func run() async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await service.run() }
      group.addTask {
        try? await gracefulShutdown()
        // A client that has just got its answer closes by itself.
        try await Task.sleep(for: drain.remaining(atLeast: .milliseconds(200)))
        while !Task.isCancelled {
          connections.closeAll()
          try await Task.sleep(for: .milliseconds(100))
        }
      }
      // The first to end is the port, or what it fails with.
      defer { group.cancelAll() }
      try await group.next()
    }
  }
}
