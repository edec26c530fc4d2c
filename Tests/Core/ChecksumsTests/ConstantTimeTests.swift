import Checksums
import Testing

@Suite struct ConstantTimeTests {
  @Test("bytes are equal if all of them are")
  func constantTimeComparison() {
    #expect(ConstantTime.equal([], []))
    #expect(ConstantTime.equal([1, 2, 3], [1, 2, 3]))
    #expect(!ConstantTime.equal([1, 2, 3], [1, 2, 4]))
    #expect(!ConstantTime.equal([1, 2, 3], [1, 2]))
    #expect(!ConstantTime.equal([], [0]))
  }
}
