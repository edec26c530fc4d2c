import EventBus
import FoundationEssentials
import Core
import Testing

@Suite("PutEvents on the wire")
struct PutEventsTests {
  @Test("an entry travels in AWS's shape: the detail as text, the time as seconds")
  func wireShape() throws {
    let entry = PutEventsEntry(
      source: "custom.gifGenerator", detailType: "newVideoCreated", detail: .object(["key": .string("a/b c.mp4")]),
      resources: ["arn:x"], time: Date(timeIntervalSince1970: 1_623_929_798), eventBusName: "videos")
    let wire = try json(String(decoding: JSON.encode(entry), as: UTF8.self))
    #expect(
      try wire
        == json(
          #"""
          {"Source": "custom.gifGenerator", "DetailType": "newVideoCreated", "Detail": "{\"key\":\"a/b c.mp4\"}",
           "Resources": ["arn:x"], "Time": 1623929798, "EventBusName": "videos"}
          """#))
    #expect(try JSON.decode(PutEventsEntry.self, from: JSON.encode(entry)) == entry)
  }

  @Test("a request with one bad entry can still be read")
  func tolerant() throws {
    let text = #"{"Entries": [{"Source": "s", "DetailType": "t", "Detail": "{}", "Time": 1.5}, {}], "EndpointId": "x"}"#
    let request = try JSON.decode(PutEventsRequest.self, from: Array(text.utf8))
    #expect(try request.entries[0].validated().time == Date(timeIntervalSince1970: 1.5))
    #expect(throws: EntryRefusal.self) { try request.entries[1].validated() }
  }

  @Test("the response counts its failures")
  func response() throws {
    let response = PutEventsResponse(entries: [
      .init(eventID: "e1"), .init(EntryRefusal(code: "InternalFailure", message: "later")),
    ])
    #expect(
      try json(String(decoding: JSON.encode(response), as: UTF8.self))
        == json(
          #"{"FailedEntryCount": 1, "Entries": [{"EventId": "e1"}, {"ErrorCode": "InternalFailure", "ErrorMessage": "later"}]}"#
        ))
  }

  @Test(
    "AWS's formula for an entry's size",
    arguments: [
      (PutEventsRequest.Entry(source: "abc", detailType: "de", detail: "{}"), 7),
      (PutEventsRequest.Entry(source: "abc", detailType: "de", detail: "{}", time: 0), 21),
      (PutEventsRequest.Entry(source: "\u{e9}", detailType: "", detail: "{}", resources: ["ab", "c"]), 7),
      (PutEventsRequest.Entry(eventBusName: "does not count", traceHeader: "neither does this"), 0),
    ]) func size(_ entry: PutEventsRequest.Entry, bytes: Int)
  {
    #expect(entry.size == bytes)
  }

  static let valid = PutEventsRequest.Entry(source: "custom.s", detailType: "t", detail: #"{"a": 1}"#)

  private static func changed(_ change: (inout PutEventsRequest.Entry) -> Void) -> PutEventsRequest.Entry {
    var entry = valid
    change(&entry)
    return entry
  }

  @Test(
    "entries are refused as AWS refuses them",
    arguments: [
      (changed { $0.source = nil }, "InvalidArgument", "Source"),
      (changed { $0.source = "" }, "InvalidArgument", "Source"),
      (changed { $0.detailType = nil }, "InvalidArgument", "DetailType"),
      (changed { $0.detail = nil }, "InvalidArgument", "Detail"),
      (changed { $0.detail = "[1]" }, "MalformedDetail", "Detail"),
      (changed { $0.detail = "\"x\"" }, "MalformedDetail", "Detail"),
      (changed { $0.detail = "{" }, "MalformedDetail", "Detail"),
      (changed { $0.source = "aws.s3" }, "NotAuthorizedForSourceException", "source"),
      (changed { $0.time = 1e300 }, "InvalidArgument", "Time"),
      (changed { $0.time = .nan }, "InvalidArgument", "Time"),
      (changed { $0.source = String(repeating: "s", count: 257) }, "InvalidArgument", "Source"),
      (changed { $0.detailType = String(repeating: "s", count: 129) }, "InvalidArgument", "DetailType"),
    ]) func refused(_ entry: PutEventsRequest.Entry, code: String, word: String)
  {
    #expect {
      try entry.validated()
    } throws: {
      ($0 as? EntryRefusal)?.code == code && "\($0)".contains(word)
    }
  }

  @Test("the service itself may speak as aws.s3; others may begin with aws")
  func trusted() throws {
    #expect(try Self.changed { $0.source = "aws.s3" }.validated(isTrusted: true).source == "aws.s3")
    #expect(try Self.changed { $0.source = "awsome" }.validated().source == "awsome")
  }

  @Test("a request has one to ten entries of at most 256 KiB together")
  func requestLimits() throws {
    #expect(throws: ServiceError.self) { try PutEventsRequest(entries: []).validate() }
    try PutEventsRequest(entries: Array(repeating: Self.valid, count: 10)).validate()
    #expect(throws: ServiceError.self) {
      try PutEventsRequest(entries: Array(repeating: Self.valid, count: 11)).validate()
    }
    var large = Self.valid
    large.detail = String(repeating: " ", count: (256 << 10) - 9 - 8) + #"{"a": 1}"#
    #expect(large.size == 256 << 10)
    try PutEventsRequest(entries: [large]).validate()
    large.detail? += " "
    #expect {
      try PutEventsRequest(entries: [large]).validate()
    } throws: {
      ($0 as? ServiceError)?.code == "ValidationException"
    }
  }

  @Test(
    "errors of a whole request",
    arguments: [
      (400, #"{"__type": "com.amazonaws.events#ThrottlingException", "message": "slow"}"#, "ThrottlingException", true),
      (400, #"{"__type": "ValidationException", "Message": "bad"}"#, "ValidationException", false),
      (500, #"{"__type": "InternalException"}"#, "InternalException", true),
      (503, "<html>", "HTTPStatus503", true), (403, "", "HTTPStatus403", false), (429, "{}", "HTTPStatus429", true),
    ]) func serviceErrors(status: Int, body: String, code: String, isRetryable: Bool)
  {
    let error = ServiceError.decode(status: status, body: Array(body.utf8))
    #expect(error.code == code)
    #expect(error.isRetryable == isRetryable)
    #expect(!error.message.isEmpty)
  }

  @Test("a service error reads its own body")
  func serviceErrorRoundTrip() {
    let error = ServiceError.notFound("Rule x does not exist on EventBus default.")
    #expect(ServiceError.decode(status: 400, body: error.body()) == error)
  }
}
