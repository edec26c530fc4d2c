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

  package init() {}

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
