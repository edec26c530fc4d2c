package import Invocations
import FunctionHost
package import HTTPGateway
package import S3Server
import Synchronization

/// Counters and histograms of the runtime, in Prometheus' text format.
///
/// https://prometheus.io/docs/instrumenting/exposition_formats/
package final class RuntimeMetrics: Sendable {
  private struct Series: Hashable {
    var name: String
    /// `key="value",…`, already escaped.
    var labels: String
  }

  /// The two counters that every request moves go by values, not by texts made for each.
  private struct Answers: Hashable {
    var service: String
    var method: String
    /// The first digit.
    var status: Int
  }

  private struct Operations: Hashable {
    var name: String
    /// The first digit.
    var status: Int
  }

  private struct Traffic {
    var count: UInt64 = 0
    var received: UInt64 = 0
    var sent: UInt64 = 0
  }

  private struct State {
    var counters: [Series: UInt64] = [:]
    var answers: [Answers: UInt64] = [:]
    var operations: [Operations: Traffic] = [:]
    var histograms: [Series: Histogram] = [:]
  }

  private static let help: [(name: String, type: String, text: String)] = [
    ("zoetrope_invocations_total", "counter", "Invocations that ended, by outcome."),
    ("zoetrope_invocation_duration_seconds", "histogram", "From delivery to response."),
    ("zoetrope_queue_time_seconds", "histogram", "From enqueueing to dispatch, every attempt."),
    ("zoetrope_cold_starts_total", "counter", "Processes that became ready."),
    ("zoetrope_init_duration_seconds", "histogram", "From process start to its first request for work."),
    ("zoetrope_environments_ended_total", "counter", "Processes that ended, by reason."),
    ("zoetrope_joined_total", "counter", "Invocations not run because the same work was running already."),
    ("zoetrope_retries_total", "counter", "Failed attempts that are tried again."),
    ("zoetrope_dead_letters_total", "counter", "Invocations that became dead letters."),
    ("zoetrope_throttles_total", "counter", "Invocations refused because too many waited."),
    ("zoetrope_requests_total", "counter", "Requests to the endpoint, by service, method and status class."),
    ("zoetrope_http_requests_total", "counter", "Requests to the functions' port, by route and status."),
    ("zoetrope_http_aborted_total", "counter", "Answers of the functions' port that were broken off, by route."),
    ("zoetrope_http_sent_bytes_total", "counter", "Bytes of bodies that the functions' port answered with, by route."),
    ("zoetrope_http_first_byte_seconds", "histogram", "From a request's head to the first byte of its answer."),
    ("zoetrope_http_duration_seconds", "histogram", "From a request's head to the end of its answer."),
    ("zoetrope_s3_operations_total", "counter", "S3 operations, by name and status class."),
    ("zoetrope_s3_received_bytes_total", "counter", "Bytes of bodies sent to the object store, by operation."),
    ("zoetrope_s3_sent_bytes_total", "counter", "Bytes of bodies the object store answered with, by operation."),
  ]

  /// What functions record themselves.
  package let functions = FunctionMetrics()

  private let state = Mutex(State())

  package init() {}

  /// - Parameter gauges: values of this instant: name, help, labels, value.
  package func text(gauges: [Gauge]) -> String {
    let (counters, histograms) = state.withLock { (Self.counters($0), $0.histograms) }
    var text = ""
    for (name, type, help) in Self.help {
      text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
      for (series, value) in counters.filter({ $0.key.name == name }).sorted(by: { $0.key.labels < $1.key.labels }) {
        text += "\(name){\(series.labels)} \(value)\n"
      }
      for (series, value) in histograms.filter({ $0.key.name == name }).sorted(by: { $0.key.labels < $1.key.labels }) {
        var total: UInt64 = 0
        for (bound, count) in zip(Histogram.bounds, value.buckets) {
          total += count
          text += "\(name)_bucket{\(series.labels),le=\"\(bound)\"} \(total)\n"
        }
        text += "\(name)_bucket{\(series.labels),le=\"+Inf\"} \(value.count)\n"
        text += "\(name)_sum{\(series.labels)} \(value.sum)\n\(name)_count{\(series.labels)} \(value.count)\n"
      }
    }
    var told: Set<String> = []
    for gauge in gauges {
      if told.insert(gauge.name).inserted { text += "# HELP \(gauge.name) \(gauge.help)\n# TYPE \(gauge.name) gauge\n" }
      text += "\(gauge.name){\(Self.labels(gauge.labels))} \(gauge.value)\n"
    }
    return text + functions.text()
  }

  private static func counters(_ state: State) -> [Series: UInt64] {
    var counters = state.counters
    func add(_ name: String, _ labels: [(String, String)], _ amount: UInt64) {
      if amount > 0 { counters[Series(name: name, labels: Self.labels(labels)), default: 0] &+= amount }
    }
    for (key, count) in state.answers {
      let labels = [("service", key.service), ("method", key.method), ("status", "\(key.status)xx")]
      add("zoetrope_requests_total", labels, count)
    }
    for (key, traffic) in state.operations {
      let operation = ("operation", key.name)
      add("zoetrope_s3_operations_total", [operation, ("status", "\(key.status)xx")], traffic.count)
      add("zoetrope_s3_received_bytes_total", [operation], traffic.received)
      add("zoetrope_s3_sent_bytes_total", [operation], traffic.sent)
    }
    return counters
  }

  package struct Gauge {
    package var name: String
    package var help: String
    package var labels: [(String, String)]
    package var value: Double

    package init(name: String, help: String, labels: [(String, String)], value: Double) {
      self.name = name
      self.help = help
      self.labels = labels
      self.value = value
    }
  }

  private func count(_ name: String, _ labels: [(String, String)]) {
    let series = Series(name: name, labels: Self.labels(labels))
    state.withLock { $0.counters[series, default: 0] += 1 }
  }

  private func observe(_ name: String, _ seconds: Double, _ labels: [(String, String)]) {
    let series = Series(name: name, labels: Self.labels(labels))
    state.withLock { $0.histograms[series, default: Histogram()].add(seconds) }
  }

  private static func labels(_ labels: [(String, String)]) -> String {
    labels.map { name, value in
      // Nearly all values are as they should be.
      guard value.utf8.contains(where: { "\\\"\n".utf8.contains($0) }) else { return "\(name)=\"\(value)\"" }
      var escaped = ""
      for character in value {
        switch character {
        case "\\": escaped += "\\\\"
        case "\"": escaped += "\\\""
        case "\n": escaped += "\\n"
        default: escaped.append(character)
        }
      }
      return "\(name)=\"\(escaped)\""
    }.joined(separator: ",")
  }
}

extension RuntimeMetrics: SchedulerObserver, EndpointObserver {
  package func dispatched(_ invocation: NewInvocation, attempt: Int, waited: Duration) {
    observe("zoetrope_queue_time_seconds", max(0, waited.inSeconds), [("function", invocation.function)])
  }

  package func joined(function: String) { count("zoetrope_joined_total", [("function", function)]) }

  package func retried(function: String) { count("zoetrope_retries_total", [("function", function)]) }

  package func died(function: String) { count("zoetrope_dead_letters_total", [("function", function)]) }

  package func answered(service: String, method: String, status: Int) {
    // Methods come from outside: what is unknown shares one series.
    let known = ["GET", "PUT", "POST", "HEAD", "DELETE", "OPTIONS"].contains(method) ? method : "other"
    let key = Answers(service: service, method: known, status: status / 100)
    state.withLock { $0.answers[key, default: 0] += 1 }
  }

  package func exchanged(_ exchange: S3Exchange) {
    let key = Operations(name: exchange.operation, status: exchange.status / 100)
    state.withLock { state in
      var traffic = state.operations[key] ?? Traffic()
      traffic.count += 1
      // The caller announces it: a sum may come round to its beginning, as counters do.
      traffic.received &+= UInt64(max(0, exchange.receivedBytes))
      traffic.sent &+= UInt64(max(0, exchange.sentBytes))
      state.operations[key] = traffic
    }
  }
}

extension RuntimeMetrics {
  package func answered(_ exchange: GatewayExchange) {
    let route = Self.labels([("route", exchange.route)])
    let requests = Series(name: "zoetrope_http_requests_total", labels: "\(route),status=\"\(exchange.status)\"")
    state.withLock { state in
      state.counters[requests, default: 0] += 1
      state.counters[Series(name: "zoetrope_http_sent_bytes_total", labels: route), default: 0] &+=
        UInt64(exchange.sentBytes)
      if exchange.isAborted {
        state.counters[Series(name: "zoetrope_http_aborted_total", labels: route), default: 0] += 1
      }
      state.histograms[Series(name: "zoetrope_http_first_byte_seconds", labels: route), default: Histogram()]
        .add(exchange.firstByte.inSeconds)
      state.histograms[Series(name: "zoetrope_http_duration_seconds", labels: route), default: Histogram()]
        .add(exchange.total.inSeconds)
    }
  }

  func environmentReady(function: String, initDuration: Duration) {
    count("zoetrope_cold_starts_total", [("function", function)])
    observe("zoetrope_init_duration_seconds", initDuration.inSeconds, [("function", function)])
  }

  func environmentEnded(function: String, reason: EnvironmentEnd) {
    count("zoetrope_environments_ended_total", [("function", function), ("reason", reason.rawValue)])
  }

  func invocationEnded(function: String, result: InvocationResult) {
    let outcome: String
    switch result.outcome {
    case .success: outcome = "success"
    case .failure(let failure): outcome = failure.kind.rawValue
    case .refused: return count("zoetrope_throttles_total", [("function", function)])
    }
    count("zoetrope_invocations_total", [("function", function), ("outcome", outcome)])
    observe("zoetrope_invocation_duration_seconds", result.report.duration.inSeconds, [("function", function)])
  }
}
