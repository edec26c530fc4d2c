import Synchronization

/// How many invocations waited and how old the oldest was, at each of the last intervals: a bounded series per function.
package final class QueueSamples: Sendable {
  package struct Sample: Sendable, Codable, Equatable {
    /// Invocations that wait or run.
    package var depth: Int
    /// Of the oldest, milliseconds.
    package var age: Double

    package init(depth: Int, age: Double) {
      self.depth = depth
      self.age = age
    }
  }

  package struct Series: Sendable, Codable, Equatable {
    package var name: String
    /// The newest last, one per `FunctionActivity.interval`.
    package var samples: [Sample]
  }

  private let series = Mutex<[String: RingBuffer<Sample>]>([:])
  private let count = Mutex(0)

  /// - Parameters:
  ///   - saved: what a former run of the host wrote down.
  ///   - missed: how many intervals have passed since; in them nothing is known to have waited.
  package init(saved: [Saved] = [], missed: Int = 0) {
    guard missed < FunctionActivity.count else { return }
    for one in saved {
      var ring = RingBuffer<Sample>(capacity: FunctionActivity.count)
      var samples = [Sample](repeating: Sample(depth: 0, age: 0), count: FunctionActivity.count)
      for values in one.samples where values.count == 3 {
        guard let age = Int(exactly: values[0]), samples.indices.contains(age), let depth = Int(exactly: values[1])
        else { continue }
        samples[samples.count - 1 - age] = Sample(depth: depth, age: values[2])
      }
      for sample in samples { ring.append(sample) }
      for _ in 0..<max(0, missed) { ring.append(Sample(depth: 0, age: 0)) }
      series.withLock { $0[one.name] = ring.allSatisfy { $0.depth == 0 } ? nil : ring }
    }
  }

  /// What is written down of the samples of a function.
  package struct Saved: Sendable, Codable, Equatable {
    var name: String
    /// Of the samples with work: how many samples before the last one, the depth and the age.
    var samples: [[Double]]
  }

  package var saved: [Saved] {
    series.withLock { series in
      series.map { name, ring in
        Saved(
          name: name,
          samples: ring.enumerated().filter { $1.depth > 0 }.map {
            [Double(ring.count - 1 - $0), Double($1.depth), $1.age]
          })
      }
    }
  }

  /// - Parameter samples: by function; those that are not named have nothing to do.
  package func add(_ samples: [String: Sample]) {
    let before = count.withLock { count in
      defer { count += 1 }
      return count
    }
    series.withLock { series in
      for name in Set(series.keys).union(samples.keys) {
        var ring = series[name] ?? RingBuffer(capacity: FunctionActivity.count)
        if ring.count == 0 {
          for _ in 0..<min(before, FunctionActivity.count - 1) { ring.append(Sample(depth: 0, age: 0)) }
        }
        ring.append(samples[name] ?? Sample(depth: 0, age: 0))
        // A function that had nothing to do for an hour is left out.
        series[name] = ring.allSatisfy { $0.depth == 0 } ? nil : ring
      }
    }
  }

  /// Of the functions that had something to do, by name.
  ///
  /// - Parameter count: the newest so many samples; earlier ones that there are not count as nothing.
  package func last(_ count: Int) -> [Series] {
    series.withLock { series in
      series.keys.sorted().map { name in
        let found = Array((series[name] ?? RingBuffer(capacity: 1)).suffix(count))
        let missing = Array(repeating: Sample(depth: 0, age: 0), count: max(0, count - found.count))
        return Series(name: name, samples: missing + found)
      }
    }
  }
}
