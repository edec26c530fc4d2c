/// Totals of one function since counting began, and what went on in each of the last intervals.
package struct FunctionActivity: Sendable {
  package init() {}

  /// An interval of time.
  package struct Bin: Sendable, Codable, Equatable {
    /// Runs that ended in it.
    package var invocations = 0
    /// Of these, failed ones.
    package var errors = 0
    /// Milliseconds, of the runs that ended in it.
    package var duration = 0.0
    package var longest = 0.0
    /// Most runs at the same time.
    package var concurrency = 0
  }

  /// Seconds.
  package static let interval: Int64 = 5
  /// Of an hour.
  package static let count = 720

  package private(set) var invocations = 0
  package private(set) var errors = 0
  package private(set) var coldStarts = 0
  /// Milliseconds.
  package private(set) var duration = 0.0
  package private(set) var longest = 0.0
  package private(set) var running = 0
  package private(set) var mostRunning = 0

  /// The last is the present one; there is none before the first thing that happened.
  private var bins: [Bin] = []
  /// Of the last bin: seconds since 1970 / `interval`.
  private var last: Int64 = 0

  package mutating func started(at milliseconds: Int64) {
    // First, as it did not run in the intervals before.
    advance(to: milliseconds)
    running += 1
    mostRunning = max(mostRunning, running)
    bins[bins.count - 1].concurrency = max(bins[bins.count - 1].concurrency, running)
  }

  /// - Parameter wasRunning: false for one that never began, because its process did not start.
  package mutating func ended(duration: Double, failed: Bool, wasRunning: Bool, at milliseconds: Int64) {
    advance(to: milliseconds)
    if wasRunning { running -= 1 }
    invocations += 1
    self.duration += duration
    longest = max(longest, duration)
    if failed { errors += 1 }
    bins[bins.count - 1].invocations += 1
    bins[bins.count - 1].duration += duration
    bins[bins.count - 1].longest = max(bins[bins.count - 1].longest, duration)
    if failed { bins[bins.count - 1].errors += 1 }
  }

  /// Of a former run of the host: it counts in its interval, if that is shown, and not in the totals.
  ///
  /// - Parameter milliseconds: when it ended, since 1970; not before the last one that was given.
  package mutating func restore(duration: Double, failed: Bool, at milliseconds: Int64) {
    advance(to: milliseconds)
    bins[bins.count - 1].invocations += 1
    bins[bins.count - 1].duration += duration
    bins[bins.count - 1].longest = max(bins[bins.count - 1].longest, duration)
    if failed { bins[bins.count - 1].errors += 1 }
  }

  package mutating func coldStart() { coldStarts += 1 }

  /// The last `count` intervals, the present one last.
  package mutating func series(_ count: Int, at milliseconds: Int64) -> [Bin] {
    advance(to: milliseconds)
    return Array(repeating: Bin(), count: max(0, count - bins.count)) + bins.suffix(count)
  }

  private mutating func advance(to milliseconds: Int64) {
    let now = milliseconds / 1000 / Self.interval
    if bins.isEmpty {
      bins = [Bin(concurrency: running)]
      last = now
    }
    // What runs on fills the intervals between.
    while last < now {
      if now - last > Int64(Self.count) { last = now - Int64(Self.count) }
      last += 1
      bins.append(Bin(concurrency: running))
    }
    if bins.count > Self.count { bins.removeFirst(bins.count - Self.count) }
  }

  /// What is written down of it: what has ended, without what runs.
  package struct Saved: Sendable, Codable, Equatable {
    var invocations: Int
    var errors: Int
    var coldStarts: Int
    var duration: Double
    var longest: Double
    var mostRunning: Int
    var last: Int64
    /// Of the intervals in which something happened: how many intervals before the last one, and the members of `Bin`.
    var bins: [[Double]]
  }

  package var saved: Saved {
    let happened = bins.enumerated().filter { $1.invocations > 0 || $1.concurrency > 0 }.map { index, bin in
      [
        Double(bins.count - 1 - index), Double(bin.invocations), Double(bin.errors), bin.duration, bin.longest,
        Double(bin.concurrency),
      ]
    }
    return Saved(
      invocations: invocations, errors: errors, coldStarts: coldStarts, duration: duration, longest: longest,
      mostRunning: mostRunning, last: last, bins: happened)
  }

  /// Goes on from what a former run of the host wrote down. Intervals that cannot be are passed over.
  package init(_ saved: Saved) {
    invocations = saved.invocations
    errors = saved.errors
    coldStarts = saved.coldStarts
    duration = saved.duration
    longest = saved.longest
    mostRunning = saved.mostRunning
    guard saved.last > 0 else { return }
    last = saved.last
    bins = [Bin](repeating: Bin(), count: Self.count)
    for values in saved.bins where values.count == 6 {
      guard let age = Int(exactly: values[0]), bins.indices.contains(age), let invocations = Int(exactly: values[1]),
        let errors = Int(exactly: values[2]), let concurrency = Int(exactly: values[5])
      else { continue }
      bins[bins.count - 1 - age] = Bin(
        invocations: invocations, errors: errors, duration: values[3], longest: values[4], concurrency: concurrency)
    }
  }
}
