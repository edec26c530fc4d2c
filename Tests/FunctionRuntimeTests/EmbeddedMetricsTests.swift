import Core
import CoreMetrics
import FoundationEssentials
import FunctionRuntime
import Synchronization
import Testing

@Suite("Embedded metrics")
struct EmbeddedMetricsTests {
  private final class Lines: Sendable {
    private let lines = Mutex<[JSONValue]>([])
    func add(_ line: [UInt8]) { lines.withLock { $0.append((try? JSON.decode(from: line)) ?? .null) } }
    var all: [JSONValue] { lines.withLock(\.self) }
  }

  private let lines = Lines()
  private var metrics: EmbeddedMetrics {
    EmbeddedMetrics(function: "F", clock: .fixed(Date(timeIntervalSince1970: 12))) { [lines] in lines.add($0) }
  }

  @Test("a line has what was recorded, its units and dimensions")
  func line() throws {
    let metrics = metrics
    let counter = metrics.makeCounter(label: "conversions_total", dimensions: [("outcome", "ok")])
    counter.increment(by: 2)
    counter.increment(by: 3)
    metrics.makeTimer(label: "conversion_seconds", dimensions: [("outcome", "ok")]).recordNanoseconds(1_500_000_000)
    metrics.flush()
    let line = try #require(lines.all.first)
    #expect(lines.all.count == 1)
    #expect(line["conversions_total"] == .integer(5))
    #expect(line["conversion_seconds"] == .array([.number(1.5)]))
    #expect(line["outcome"] == .string("ok") && line["function"] == .string("F"))
    let expected = #"""
      {"Timestamp":12000,"CloudWatchMetrics":[{"Namespace":"zoetrope","Dimensions":[["function","outcome"]],
      "Metrics":[{"Name":"conversion_seconds","Unit":"Seconds"},{"Name":"conversions_total","Unit":"Count"}]}]}
      """#
    #expect(try line["_aws"] == JSON.decode(from: Array(expected.utf8)))
  }

  @Test("each set of dimensions has a line of its own, and nothing is written twice")
  func groups() {
    let metrics = metrics
    metrics.makeCounter(label: "a_total", dimensions: [("k", "1")]).increment(by: 1)
    metrics.makeCounter(label: "a_total", dimensions: [("k", "2")]).increment(by: 1)
    let meter = metrics.makeMeter(label: "queue", dimensions: [])
    meter.increment(by: 3)
    meter.decrement(by: 1)
    metrics.flush()
    #expect(lines.all.count == 3)
    #expect(lines.all.compactMap { $0["queue"] } == [.integer(2)])
    metrics.flush()
    #expect(lines.all.count == 3)
    // A level goes on from where it was.
    meter.increment(by: 1)
    metrics.flush()
    #expect(lines.all.last?["queue"] == .integer(3))
  }

  @Test("memory is bounded: 100 values of one metric make a line")
  func bounded() {
    let metrics = metrics
    let recorder = metrics.makeRecorder(label: "size_bytes", dimensions: [], aggregate: true)
    for value in 0..<250 { recorder.record(Int64(value)) }
    metrics.flush()
    #expect(lines.all.map { $0["size_bytes"]?.arrayValue?.count } == [100, 100, 50])
    #expect(
      lines.all.first?["_aws"]?["CloudWatchMetrics"]?.arrayValue?.first?["Metrics"]?.arrayValue?.first?["Unit"]
        == .string("Bytes"))
    recorder.record(Double.nan)
    metrics.flush()
    #expect(lines.all.count == 3)
  }
}
