package import Core
package import CoreMetrics
import FoundationEssentials
import Glibc
import Synchronization

/// Metrics of a function as log lines in CloudWatch's embedded metric format. Values are added up in the process and
/// written at the end of each invocation, so that metrics cost no request of their own.
///
/// Names follow Prometheus: a counter ends in `_total`, a timer in `_seconds`. The namespace is `zoetrope`, the dimension
/// `function` and what the metric has itself.
///
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>
package final class EmbeddedMetrics: MetricsFactory {
  /// What is recorded under one name and one set of dimensions.
  struct Key: Hashable, Comparable {
    let name: String
    let dimensions: [String: String]

    static func < (left: Key, right: Key) -> Bool {
      (left.name, left.sorted) < (right.name, right.sorted)
    }

    private var sorted: String { dimensions.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined() }
  }

  enum Value {
    /// What was added since the last line.
    case sum(Double)
    /// The newest.
    case level(Double)
    /// Each one, at most `maximumValues`.
    case values([Double])
  }

  /// The format takes no more values of one metric in a line.
  static let maximumValues = 100
  /// Further combinations of name and dimensions are dropped until the next line.
  static let maximumKeys = 1000

  private let function: String
  private let clock: WallClock
  private let write: @Sendable ([UInt8]) -> Void
  private let values = Mutex<[Key: (value: Value, unit: String)]>([:])

  /// - Parameters:
  ///   - function: its name, a dimension of every metric.
  ///   - clock: for the lines' times.
  ///   - write: receives a line without its end.
  package init(function: String, clock: WallClock = .system, write: @escaping @Sendable ([UInt8]) -> Void) {
    self.function = function
    self.clock = clock
    self.write = write
  }

  private static let shared = Mutex<EmbeddedMetrics?>(nil)

  /// Makes this the process's metrics system, on standard error; to be called once, by a composition root.
  static func bootstrap(function: String) {
    let metrics = EmbeddedMetrics(function: function) { line in
      (line + [UInt8(ascii: "\n")]).withUnsafeBytes { _ = Glibc.write(2, $0.baseAddress, $0.count) }
    }
    shared.withLock { $0 = metrics }
    MetricsSystem.bootstrap(metrics)
  }

  /// Writes what the process's metrics system has recorded, if there is one.
  static func flush() {
    shared.withLock(\.self)?.flush()
  }

  /// Writes what was recorded since the last time: a line per set of dimensions.
  package func flush() {
    let taken = values.withLock { values in
      defer { values = [:] }
      return values
    }
    let groups = Dictionary(grouping: taken) { $0.key.dimensions }
    for (dimensions, group) in groups.sorted(by: { $0.value[0].key < $1.value[0].key }) {
      write(line(dimensions, group.map { ($0.key.name, $0.value.value, $0.value.unit) }.sorted { $0.0 < $1.0 }))
    }
  }

  private func line(_ dimensions: [String: String], _ metrics: [(name: String, value: Value, unit: String)]) -> [UInt8]
  {
    var members: [String: JSONValue] = dimensions.mapValues { .string($0) }
    // What is about no function in particular, such as what all of them share, says so by an empty name.
    let isAboutFunction = dimensions["function"] == nil
    members["function"] = isAboutFunction ? .string(function) : nil
    for metric in metrics {
      switch metric.value {
      case .sum(let value), .level(let value): members[metric.name] = Self.number(value)
      case .values(let values): members[metric.name] = .array(values.map(Self.number))
      }
    }
    let names = ((isAboutFunction ? ["function"] : []) + dimensions.keys.sorted().filter { $0 != "function" })
      .map(JSONValue.string)
    members["_aws"] = .object([
      "Timestamp": .integer(clock.now().millisecondsSince1970),
      "CloudWatchMetrics": .array([
        .object([
          "Namespace": .string("zoetrope"), "Dimensions": .array([.array(names)]),
          "Metrics": .array(metrics.map { .object(["Name": .string($0.name), "Unit": .string($0.unit)]) }),
        ])
      ]),
    ])
    // Strings and finite numbers: encoding cannot fail.
    return (try? JSON.encode(JSONValue.object(members))) ?? []
  }

  private static func number(_ value: Double) -> JSONValue {
    Int64(exactly: value).map(JSONValue.integer) ?? .number(value)
  }

  func record(_ key: Key, unit: String, _ change: (inout Value?) -> Void) {
    let isFull = values.withLock { values in
      var value = values[key]?.value
      guard value != nil || values.count < Self.maximumKeys else { return false }
      change(&value)
      values[key] = value.map { ($0, unit) }
      if case .values(let recorded) = value { return recorded.count >= Self.maximumValues }
      return false
    }
    if isFull { flush() }
  }

  // MARK: The metrics system's side

  package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
    EmbeddedMetric(self, label, dimensions, unit: "Count")
  }

  package func makeFloatingPointCounter(
    label: String, dimensions: [(String, String)]
  ) -> any FloatingPointCounterHandler {
    EmbeddedMetric(self, label, dimensions, unit: "Count")
  }

  package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
    EmbeddedMeter(self, label, dimensions, unit: Self.unit(of: label))
  }

  package func makeRecorder(
    label: String, dimensions: [(String, String)], aggregate: Bool
  ) -> any RecorderHandler {
    EmbeddedMetric(self, label, dimensions, unit: Self.unit(of: label), isAggregate: aggregate)
  }

  package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
    EmbeddedMetric(self, label, dimensions, unit: "Seconds")
  }

  package func destroyCounter(_ handler: any CounterHandler) {}
  package func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
  package func destroyMeter(_ handler: any MeterHandler) {}
  package func destroyRecorder(_ handler: any RecorderHandler) {}
  package func destroyTimer(_ handler: any TimerHandler) {}

  private static func unit(of label: String) -> String {
    label.hasSuffix("_bytes") ? "Bytes" : label.hasSuffix("_seconds") ? "Seconds" : "None"
  }
}
