import Observability
import Testing

@Suite struct RingBufferTests {
  /// A ring to which `1...count` was appended.
  private func ring(_ count: Int, capacity: Int) -> RingBuffer<Int> {
    var ring = RingBuffer<Int>(capacity: capacity)
    for number in 0..<count { ring.append(number + 1) }
    return ring
  }

  @Test("a ring keeps the last values, the oldest first", arguments: 0...9, [1, 4, 40])
  func last(count: Int, capacity: Int) {
    let ring = ring(count, capacity: capacity)
    #expect(Array(ring) == (0..<count).suffix(capacity).map { $0 + 1 })
    #expect((ring.count, ring.lastNumber, ring.gone) == (min(count, capacity), count, max(0, count - capacity)))
  }

  @Test("what makes room is given back")
  func displaced() {
    var ring = ring(3, capacity: 4)
    #expect(ring.append(4) == nil)
    #expect(ring.append(5) == 1)
  }

  @Test("values keep their numbers when older ones go", arguments: 0...40)
  func removal(count: Int) {
    var ring = RingBuffer<Int>(capacity: 20)
    var expected: [Int] = []
    for number in 1...41 {
      ring.append(number)
      expected.append(number)
      if expected.count > 20 { expected.removeFirst() }
      if number % 3 == count % 3 { #expect(ring.removeFirst() == expected.removeFirst()) }
      #expect(Array(ring) == expected)
    }
    #expect(Array(ring.after(count)) == expected.filter { $0 > count })
  }

  @Test("any number may be asked for", arguments: [Int.min, -1, 0, 6, 7, 10, 11, Int.max])
  func bounds(number: Int) {
    #expect(Array(ring(10, capacity: 4).after(number)) == (7...10).filter { $0 > number })
    #expect(ring(0, capacity: 4).after(number).isEmpty)
  }
}
