import FunctionHost
import Testing

@Suite struct LogTests {
  private func lines(_ pieces: [String], limit: Int) -> [String] {
    var splitter = LogSplitter(limit: limit)
    var lines: [[UInt8]] = []
    for piece in pieces { lines += Array(piece.utf8).withUnsafeBytes { splitter.take($0) } }
    if let last = splitter.finish() { lines.append(last) }
    return lines.map { String(decoding: $0, as: UTF8.self) }
  }

  @Test("lines are put together from pieces, with any line end or none")
  func splits() {
    #expect(lines(["a\nb", "c\r\n", "\n", "d"], limit: 100) == ["a", "bc", "", "d"])
    #expect(lines([], limit: 100) == [])
  }

  @Test("long lines are cut, however they arrive")
  func cuts() {
    #expect(lines(["abcdefgh\nij"], limit: 3) == ["abc", "def", "gh", "ij"])
    #expect(lines(["ab", "cd", "ef\n"], limit: 3) == ["abc", "def"])
  }

  @Test("a budget allows a burst, then its rate")
  func budget() {
    var budget = LogBudget(capacity: 100, perSecond: 10)
    let start = ContinuousClock.now
    let answer1 = budget.spend(100, now: start)
    #expect(answer1)
    let answer2 = budget.spend(1, now: start)
    #expect(!answer2)
    let answer3 = budget.spend(11, now: start + .seconds(1))
    #expect(!answer3)
    let answer4 = budget.spend(10, now: start + .seconds(1))
    #expect(answer4)
    let answer5 = budget.spend(100, now: start + .seconds(1000))
    #expect(answer5)
    let answer6 = budget.spend(1, now: start + .seconds(1000))
    #expect(!answer6)
  }
}
