import NIOCore
import NIOHTTP1
import NIOPosix

/// Where one function process reaches its Runtime API: a port of this machine's own, and the connections to it. Used on
/// one event loop.
struct RuntimeAPIListener {
  static let host = "127.0.0.1"
  /// One connection is what a runtime needs, two what some use.
  private static let maximumConnections = 16

  private let channel: any Channel
  private var connections: [ObjectIdentifier: RuntimeAPIHandler] = [:]

  /// - Parameter channel: what `bind` made.
  init(_ channel: any Channel) {
    self.channel = channel
  }

  /// Opens a port that the system chooses.
  static func bind(on loop: any EventLoop, for environment: ExecutionEnvironment) -> EventLoopFuture<any Channel> {
    ServerBootstrap(group: loop)
      .serverChannelOption(.backlog, value: 16)
      .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.configureHTTPServerPipeline(withErrorHandling: true)
          try channel.pipeline.syncOperations.addHandler(RuntimeAPIHandler(environment: environment))
        }
      }
      .bind(host: host, port: 0)
  }

  /// `127.0.0.1:PORT`; nil where it is closed already.
  var address: String? { channel.localAddress?.port.map { "\(Self.host):\($0)" } }

  /// - Returns: false with too many connections; this one is not kept then.
  mutating func opened(_ connection: RuntimeAPIHandler) -> Bool {
    guard connections.count < Self.maximumConnections else { return false }
    connections[ObjectIdentifier(connection)] = connection
    return true
  }

  mutating func closed(_ connection: RuntimeAPIHandler) { connections[ObjectIdentifier(connection)] = nil }

  /// Closes the port and all connections.
  func close() {
    for connection in connections.values { connection.close() }
    channel.close(promise: nil)
  }
}
