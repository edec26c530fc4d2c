/// The last values of a sequence, oldest first. Values are numbered from 1 in the order in which they came, and keep their numbers.
package struct RingBuffer<Value: Sendable>: Sendable {
  /// Empty places are nil; grows up to `capacity`.
  private var places: [Value?] = []
  private var start = 0
  private let capacity: Int
  package private(set) var count = 0
  /// The number of the value that came last; 0 before the first.
  package private(set) var lastNumber = 0

  /// - Parameter capacity: values that are kept, at least 1.
  package init(capacity: Int) {
    self.capacity = capacity
  }

  /// - Returns: the oldest value, where it had to make room.
  @discardableResult
  package mutating func append(_ value: Value) -> Value? {
    let displaced = count == capacity ? removeFirst() : nil
    if count == places.count { grow() }
    places[(start + count) % places.count] = value
    count += 1
    lastNumber += 1
    return displaced
  }

  /// Lets go of the oldest value; there must be one.
  package mutating func removeFirst() -> Value {
    defer {
      places[start] = nil
      start = (start + 1) % places.count
      count -= 1
    }
    return self[0]
  }

  /// How many values are gone: also the number of the last one of them.
  package var gone: Int { lastNumber - count }

  /// The values that came after the one of this number and are still there.
  package func after(_ number: Int) -> Slice<RingBuffer> {
    number <= gone ? self[...] : self[Swift.min(number - gone, count)...]
  }

  private mutating func grow() {
    let size = Swift.min(capacity, Swift.max(16, 2 * count))
    places = map(Optional.some) + [Value?](repeating: nil, count: size - count)
    start = 0
  }
}

extension RingBuffer: RandomAccessCollection {
  package var startIndex: Int { 0 }
  package var endIndex: Int { count }
  package subscript(position: Int) -> Value { places[(start + position) % places.count]! }
}
