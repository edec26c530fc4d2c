import Encodings
import FoundationEssentials
import S3Protocol
import Testing

@Suite struct PreconditionsTests {
  private static let etag = ETag("9b2cf535f27731c974343645a3985328")
  private static let modified = someDate + 0.5
  private static let same = "\"9b2cf535f27731c974343645a3985328\""
  private static let other = "\"00000000000000000000000000000000\""
  private static let before = HTTPDate.format(someDate - 1)
  private static let at = HTTPDate.format(someDate)
  private static let after = HTTPDate.format(someDate + 1)

  private func read(_ headers: [String: String]) -> String? {
    Preconditions(headers: { headers[$0] }).evaluateRead(etag: Self.etag, lastModified: Self.modified)?.code
  }

  private func copy(_ headers: [String: String]) -> S3Error? {
    Preconditions(copySourceHeaders: { headers[$0] })
      .evaluateCopySource(etag: Self.etag, lastModified: Self.modified)
  }

  private func write(_ headers: [String: String], existing: ETag?) -> String? {
    Preconditions(headers: { headers[$0] }).evaluateWrite(existing: existing)?.code
  }

  @Test("no conditions, no objections")
  func none() {
    #expect(read([:]) == nil)
    #expect(write([:], existing: nil) == nil)
    #expect(write([:], existing: Self.etag) == nil)
  }

  @Test(
    "each condition alone",
    arguments: [
      ("if-match", same, nil), ("if-match", "*", nil), ("if-match", other, "PreconditionFailed"),
      ("if-match", "\(other), \(same)", nil), ("if-match", "9b2cf535f27731c974343645a3985328", nil),
      ("if-match", "W/\(same)", "PreconditionFailed"), ("if-match", "", "PreconditionFailed"),
      ("if-none-match", other, nil), ("if-none-match", same, "NotModified"), ("if-none-match", "*", "NotModified"),
      ("if-none-match", "\(other),\(same)", "NotModified"), ("if-none-match", "W/\(same)", "NotModified"),
      ("if-modified-since", before, nil), ("if-modified-since", at, "NotModified"),
      ("if-modified-since", after, "NotModified"), ("if-modified-since", "yesterday", nil),
      ("if-unmodified-since", before, "PreconditionFailed"), ("if-unmodified-since", at, nil),
      ("if-unmodified-since", after, nil), ("if-unmodified-since", "yesterday", nil),
    ])
  func alone(name: String, value: String, code: String?) {
    #expect(read([name: value]) == code)
  }

  @Test("S3's documented combinations: a tag's answer wins over a date's")
  func combinations() {
    #expect(read(["if-match": Self.same, "if-unmodified-since": Self.before]) == nil)
    #expect(read(["if-match": Self.other, "if-unmodified-since": Self.after]) == "PreconditionFailed")
    #expect(read(["if-none-match": Self.same, "if-modified-since": Self.before]) == "NotModified")
    #expect(read(["if-none-match": Self.other, "if-modified-since": Self.after]) == nil)
    #expect(read(["if-match": Self.same, "if-none-match": Self.same]) == "NotModified")
    #expect(read(["if-match": Self.other, "if-none-match": Self.same]) == "PreconditionFailed")
  }

  @Test("a copy's source answers every failure with 412, naming the condition")
  func copySource() {
    #expect(copy(["x-amz-copy-source-if-match": Self.same]) == nil)
    #expect(copy(["if-match": Self.other]) == nil)
    let failed = copy(["x-amz-copy-source-if-none-match": Self.same])
    #expect(failed?.httpStatus == 412)
    #expect(failed?.extra["Condition"] == "x-amz-copy-source-If-None-Match")
    #expect(copy(["x-amz-copy-source-if-modified-since": Self.after])?.httpStatus == 412)
    #expect(copy(["x-amz-copy-source-if-unmodified-since": Self.before])?.httpStatus == 412)
    #expect(
      copy(["x-amz-copy-source-if-match": Self.same, "x-amz-copy-source-if-unmodified-since": Self.before]) == nil)
  }

  @Test("writing only if there is nothing yet")
  func createOnly() {
    #expect(write(["if-none-match": "*"], existing: nil) == nil)
    #expect(write(["if-none-match": "*"], existing: Self.etag) == "PreconditionFailed")
    #expect(write(["if-none-match": Self.same], existing: nil) == nil)
    #expect(write(["if-none-match": Self.other], existing: Self.etag) == nil)
    #expect(write(["if-none-match": Self.same], existing: Self.etag) == "PreconditionFailed")
    #expect(write(["if-modified-since": Self.before], existing: Self.etag) == "NotImplemented")
  }

  @Test("writing only over the same bytes")
  func replaceOnly() {
    #expect(write(["if-match": Self.same], existing: Self.etag) == nil)
    #expect(write(["if-match": Self.other], existing: Self.etag) == "PreconditionFailed")
    #expect(write(["if-match": Self.same], existing: nil) == "NoSuchKey")
    #expect(write(["if-match": "*"], existing: Self.etag) == nil)
    #expect(write(["if-match": Self.same, "if-none-match": "*"], existing: Self.etag) == "NotImplemented")
  }
}
