import Core
import Synchronization

/// What functions record as log lines in CloudWatch's embedded metric format, added up for Prometheus: counters
/// (`…_total`, or the unit Count), histograms (lists of values), and gauges (any other number).
///
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>
package final class FunctionMetrics: Sendable {
  private struct Histogram {
    var counts = [UInt64](repeating: 0, count: FunctionMetrics.bounds.count)
    var count: UInt64 = 0
    var sum = 0.0
  }

  private enum Value {
    case counter(Double)
    case gauge(Double)
    case histogram(Histogram)

    var type: String {
      switch self {
      case .counter: "counter"
      case .gauge: "gauge"
      case .histogram: "histogram"
      }
    }
  }

  /// From a millisecond to a quarter of an hour, and on for bytes.
  fileprivate static let bounds = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 65_536, 1_048_576,
    16_777_216, 268_435_456, 4_294_967_296,
  ]
  /// Names and labels come from functions, so there are at most so many.
  private static let maximumSeries = 2000

  /// By name, then by labels.
  private let series = Mutex<[String: [String: Value]]>([:])

  package init() {}

  /// Takes a line of a function's log; one that holds no metrics is passed over.
  package func add(_ line: String) {
    // Nearly all lines are something else.
    guard line.hasPrefix("{"), line.utf8.count <= 256 << 10, line.contains("\"CloudWatchMetrics\""),
      let document = try? JSON.decode(JSONValue.self, from: Array(line.utf8)),
      let directives = document["_aws"]?["CloudWatchMetrics"]?.arrayValue
    else { return }
    for directive in directives.prefix(100) {
      let names = directive["Dimensions"]?.arrayValue?.first?.arrayValue?.compactMap(\.stringValue) ?? []
      let labels = names.compactMap { name -> String? in
        guard Self.isName(name), let value = document[name]?.stringValue else { return nil }
        return "\(name)=\"\(Self.escaped(value))\""
      }.joined(separator: ",")
      for metric in directive["Metrics"]?.arrayValue?.prefix(100) ?? [] {
        guard let name = metric["Name"]?.stringValue, Self.isName(name), !name.hasPrefix("zoetrope_"),
          let value = document[name]
        else { continue }
        record(name, labels, value, isCounter: name.hasSuffix("_total") || metric["Unit"] == .string("Count"))
      }
    }
  }

  private func record(_ name: String, _ labels: String, _ value: JSONValue, isCounter: Bool) {
    series.withLock { series in
      let former = series[name]?[labels]
      // A name has one type, and only so many series.
      if let type = series[name]?.values.first?.type {
        let wanted = value.arrayValue != nil ? "histogram" : isCounter ? "counter" : "gauge"
        guard type == wanted else { return }
      }
      guard former != nil || series.values.reduce(0, { $0 + $1.count }) < Self.maximumSeries else { return }
      if let values = value.arrayValue {
        var histogram = Histogram()
        if case .histogram(let known) = former { histogram = known }
        for value in values.compactMap(\.doubleValue) {
          if let bucket = Self.bounds.firstIndex(where: { value <= $0 }) { histogram.counts[bucket] += 1 }
          histogram.count += 1
          histogram.sum += value
        }
        series[name, default: [:]][labels] = .histogram(histogram)
      } else if let number = value.doubleValue {
        var total = number
        if isCounter, case .counter(let known) = former { total += known }
        series[name, default: [:]][labels] = isCounter ? .counter(total) : .gauge(number)
      }
    }
  }

  /// Prometheus' text format.
  package func text() -> String {
    let series = series.withLock(\.self)
    var text = ""
    for (name, values) in series.sorted(by: { $0.key < $1.key }) {
      guard let type = values.values.first?.type else { continue }
      text += "# HELP \(name) Recorded by functions.\n# TYPE \(name) \(type)\n"
      for (labels, value) in values.sorted(by: { $0.key < $1.key }) {
        switch value {
        case .counter(let number), .gauge(let number): text += "\(name){\(labels)} \(Self.shown(number))\n"
        case .histogram(let histogram):
          let comma = labels.isEmpty ? "" : ","
          var total: UInt64 = 0
          for (bound, count) in zip(Self.bounds, histogram.counts) {
            total += count
            text += "\(name)_bucket{\(labels)\(comma)le=\"\(Self.shown(bound))\"} \(total)\n"
          }
          text += "\(name)_bucket{\(labels)\(comma)le=\"+Inf\"} \(histogram.count)\n"
          text += "\(name)_sum{\(labels)} \(Self.shown(histogram.sum))\n\(name)_count{\(labels)} \(histogram.count)\n"
        }
      }
    }
    return text
  }

  private static func shown(_ number: Double) -> String {
    Int64(exactly: number).map { "\($0)" } ?? "\(number)"
  }

  private static func isName(_ text: String) -> Bool {
    (1...128).contains(text.utf8.count) && !(text.utf8.first.map { (0x30...0x39).contains($0) } ?? true)
      && text.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
          true
        default: false
        }
      }
  }

  private static func escaped(_ value: String) -> String {
    String(value.prefix(200)).replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
  }
}
