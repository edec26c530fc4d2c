import CoreMetrics
import Synchronization

/// One metric, of whatever kind, that hands what it records to its factory.
final class EmbeddedMetric: CounterHandler, FloatingPointCounterHandler, RecorderHandler, TimerHandler {
  private let metrics: EmbeddedMetrics
  private let key: EmbeddedMetrics.Key
  private let unit: String
  private let isAggregate: Bool

  init(
    _ metrics: EmbeddedMetrics, _ label: String, _ dimensions: [(String, String)], unit: String,
    isAggregate: Bool = true
  ) {
    self.metrics = metrics
    key = .init(name: label, dimensions: Dictionary(dimensions) { _, last in last })
    self.unit = unit
    self.isAggregate = isAggregate
  }

  func increment(by amount: Int64) { increment(by: Double(amount)) }

  func increment(by amount: Double) {
    metrics.record(key, unit: unit) { value in
      if case .sum(let sum) = value { value = .sum(sum + amount) } else { value = .sum(amount) }
    }
  }

  /// Lines hold differences, so there is nothing to start over.
  func reset() {}

  func set(_ value: Int64) { set(Double(value)) }

  func set(_ number: Double) {
    guard number.isFinite else { return }
    metrics.record(key, unit: unit) { $0 = .level(number) }
  }

  func record(_ value: Int64) { record(Double(value)) }

  func record(_ number: Double) {
    guard number.isFinite else { return }
    guard isAggregate else { return set(number) }
    metrics.record(key, unit: unit) { value in
      if case .values(let recorded) = value { value = .values(recorded + [number]) } else { value = .values([number]) }
    }
  }

  func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }
}

/// A level that goes up and down.
final class EmbeddedMeter: MeterHandler {
  private let metrics: EmbeddedMetrics
  private let key: EmbeddedMetrics.Key
  private let unit: String
  /// Outlives the lines.
  private let level = Mutex(0.0)

  init(_ metrics: EmbeddedMetrics, _ label: String, _ dimensions: [(String, String)], unit: String) {
    self.metrics = metrics
    key = .init(name: label, dimensions: Dictionary(dimensions) { _, last in last })
    self.unit = unit
  }

  func set(_ value: Int64) { set(Double(value)) }

  func set(_ value: Double) { change { $0 = value } }

  func increment(by amount: Double) { change { $0 += amount } }

  func decrement(by amount: Double) { change { $0 -= amount } }

  private func change(_ body: (inout Double) -> Void) {
    let value = level.withLock { level in
      body(&level)
      return level
    }
    guard value.isFinite else { return }
    metrics.record(key, unit: unit) { $0 = .level(value) }
  }
}
