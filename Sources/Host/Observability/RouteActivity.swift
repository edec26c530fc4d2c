import FoundationEssentials
import Invocations
package import Core
package import HTTPGateway
import Synchronization

/// What the functions' routes have answered since counting began, and in each of the last intervals: for the console.
package final class RouteActivity: Sendable {
  private struct Route {
    var clientErrors = 0
    var serverErrors = 0
    var aborted = 0
    var sentBytes: Int64 = 0
    var total = Histogram()
    var firstByte = Histogram()
    var activity = FunctionActivity()

    mutating func add(_ exchange: GatewayExchange, at time: Int64) {
      if (400..<500).contains(exchange.status) { clientErrors += 1 }
      if exchange.status >= 500 { serverErrors += 1 }
      if exchange.isAborted { aborted += 1 }
      sentBytes &+= Int64(exchange.sentBytes)
      total.add(exchange.total.inSeconds)
      firstByte.add(exchange.firstByte.inSeconds)
      activity.ended(
        duration: exchange.total.inSeconds * 1000, failed: exchange.status >= 500 || exchange.isAborted,
        wasRunning: false, at: time)
    }
  }

  /// What is written down of a route.
  package struct Saved: Sendable, Codable, Equatable {
    var clientErrors: Int
    var serverErrors: Int
    var aborted: Int
    var sentBytes: Int64
    var total: Histogram
    var firstByte: Histogram
    var activity: FunctionActivity.Saved
  }

  /// Times are milliseconds; `nil` before the first request.
  package struct Totals: Sendable, Codable {
    package var route: String
    package var requests: Int
    /// Statuses from 400 to 499, and from 500.
    package var clientErrors: Int
    package var serverErrors: Int
    /// Answers that were broken off.
    package var aborted: Int
    package var sentBytes: Int64
    package var median: Double?
    package var p95: Double?
    package var p99: Double?
    package var firstByteMedian: Double?
    package var firstByteP95: Double?
    /// Of `FunctionActivity.interval` seconds each; errors are statuses from 500, and broken answers.
    package var series: [FunctionActivity.Bin]
  }

  /// Routes are the template's; this bounds what a mistake would cost.
  private static let maximumRoutes = 1000

  private let routes = Mutex<[String: Route]>([:])
  private let clock: WallClock

  /// - Parameter saved: what a former run of the host wrote down, by route.
  package init(clock: WallClock, saved: [String: Saved] = [:]) {
    self.clock = clock
    routes.withLock { routes in
      for (name, route) in saved.prefix(Self.maximumRoutes) where route.isSound {
        routes[name] = Route(
          clientErrors: route.clientErrors, serverErrors: route.serverErrors, aborted: route.aborted,
          sentBytes: route.sentBytes, total: route.total, firstByte: route.firstByte,
          activity: FunctionActivity(route.activity))
      }
    }
  }

  package var saved: [String: Saved] {
    routes.withLock { routes in
      routes.mapValues { route in
        Saved(
          clientErrors: route.clientErrors, serverErrors: route.serverErrors, aborted: route.aborted,
          sentBytes: route.sentBytes, total: route.total, firstByte: route.firstByte, activity: route.activity.saved)
      }
    }
  }

  package func answered(_ exchange: GatewayExchange) {
    let time = clock.now().millisecondsSince1970
    routes.withLock { routes in
      guard routes.count < Self.maximumRoutes || routes[exchange.route] != nil else { return }
      // In its place: a copy would be one of an hour's intervals.
      routes[exchange.route, default: Route()].add(exchange, at: time)
    }
  }

  /// Of every route that was asked, by name.
  ///
  /// - Parameter bins: how many of the last intervals.
  package func totals(bins: Int) -> [Totals] {
    let time = clock.now().millisecondsSince1970
    return routes.withLock { routes in
      routes.keys.sorted().map { name in
        var route = routes[name] ?? Route()
        let series = route.activity.series(bins, at: time)
        routes[name] = route
        func milliseconds(_ histogram: Histogram, _ share: Double) -> Double? {
          histogram.quantile(share).map { $0 * 1000 }
        }
        return Totals(
          route: name, requests: route.activity.invocations, clientErrors: route.clientErrors,
          serverErrors: route.serverErrors, aborted: route.aborted, sentBytes: route.sentBytes,
          median: milliseconds(route.total, 0.5), p95: milliseconds(route.total, 0.95),
          p99: milliseconds(route.total, 0.99), firstByteMedian: milliseconds(route.firstByte, 0.5),
          firstByteP95: milliseconds(route.firstByte, 0.95), series: series)
      }
    }
  }
}

extension RouteActivity.Saved {
  /// Classes may have been others when it was written down.
  fileprivate var isSound: Bool {
    total.buckets.count == Histogram.bounds.count && firstByte.buckets.count == Histogram.bounds.count
  }
}
