import FunctionRuntime
import Testing

@Suite("Typed handlers")
struct TypedHandlerTests {
  private struct Event: Decodable {
    let clip: Clip
  }

  private struct Clip: Codable {
    let starts: [Int]
  }

  private let handler = TypedHandler<Event, [String: Int]> { event, context in
    guard let first = event.clip.starts.first else { throw Sorry() }
    return ["first": first]
  }

  private let context = InvocationContext(requestID: "1", logger: quiet)

  @Test("values in, values out")
  func answers() async throws {
    let result = try await handler.handle(Array(#"{"clip": {"starts": [30, 60]}, "other": 1}"#.utf8), context)
    #expect(String(decoding: result, as: UTF8.self) == #"{"first":30}"#)
  }

  @Test("an event of another shape says where it differs")
  func shape() async {
    await #expect {
      try await handler.handle(Array(#"{"clip": {"starts": [30, "x"]}}"#.utf8), context)
    } throws: {
      "\($0)".contains("InvalidEvent") && "\($0)".contains(".clip.starts[1]")
    }
    await #expect(throws: TypedHandler<Event, [String: Int]>.InvalidEvent.self) {
      try await handler.handle(Array("nonsense".utf8), context)
    }
  }

  @Test("what the body throws is thrown")
  func throwing() async {
    await #expect(throws: Sorry.self) { try await handler.handle(Array(#"{"clip": {"starts": []}}"#.utf8), context) }
  }
}
