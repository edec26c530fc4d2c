import Core
import EventBus
import FoundationEssentials
import Logging
import MediaJobs
import ObjectStore
import Synchronization
import Testing

@Suite("FailureRegister")
final class FailureRegisterTests {
  struct Publisher: EventPublisher {
    func publish(_ entries: [PutEventsEntry], idempotencyKey: String?) async throws {}
  }

  /// Takes every event that it is asked about, if `knows`, and remembers the reasons.
  final class Recorder: FailureRecording {
    let origins: [FailureOrigin]
    let knows: Bool
    let reasons = Mutex<[String]>([])

    init(_ origins: [FailureOrigin], knows: Bool = true) {
      self.origins = origins
      self.knows = knows
    }

    func record(_ failure: InvocationFailure, requestID: String) async throws -> Bool {
      reasons.withLock { $0.append(failure.reason) }
      return knows
    }
  }

  let root = FileManager.default.temporaryDirectory.path + "/failure-register-" + RequestID.make()
  let services: JobServices
  let clips = Recorder([.event(source: "clips", detailType: "made"), .object(bucket: "videos")])
  let sounds = Recorder([.event(source: "sounds", detailType: "made")])

  init() {
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    services = JobServices(objects: FolderStore(root: root), publisher: Publisher(), logger: logger)
  }

  deinit { try? FileManager.default.removeItem(atPath: root) }

  /// - Returns: the general document, if one was written.
  func give(_ event: JSONValue, to recorders: [any FailureRecording]) async throws -> FailureRegister.Document? {
    let register = FailureRegister(services: services, recorders: recorders, bucket: "cache")
    let record: JSONValue = .object([
      "requestContext": .object([
        "requestId": .string("../a b"), "functionArn": .string("arn:x"), "approximateInvokeCount": .integer(3),
      ]),
      "requestPayload": event, "responsePayload": .object(["errorMessage": .string("disk full")]),
    ])
    try await register.record(record, requestID: "r")
    return try await services.documents.read(FailureRegister.Document.self, at: "failures/ab.json", in: "cache")?.value
  }

  func event(_ source: String, _ type: String) -> JSONValue {
    .object(["source": .string(source), "detail-type": .string(type), "detail": .object(["key": .string("a.mp4")])])
  }

  func created(in bucket: String) -> JSONValue {
    let s3 = JSONValue.object([
      "bucket": .object(["name": .string(bucket)]), "object": .object(["key": .string("a.mp4")]),
    ])
    return .object(["Records": .array([.object(["eventName": .string("ObjectCreated:Put"), "s3": s3])])])
  }

  @Test("a failure goes to the service whose event it is about, wherever that stands in the list")
  func service() async throws {
    #expect(try await give(event("sounds", "made"), to: [clips, sounds]) == nil)
    #expect(sounds.reasons.withLock { $0 } == ["gave up after 3 attempts: disk full"])
    #expect(clips.reasons.withLock { $0.isEmpty })
    #expect(try await give(created(in: "videos"), to: [sounds, clips]) == nil)
    #expect(clips.reasons.withLock { $0.count } == 1)
    let onTheBus: JSONValue = .object([
      "source": .string("aws.s3"), "detail-type": .string("Object Created"),
      "detail": .object([
        "bucket": .object(["name": .string("videos")]), "object": .object(["key": .string("a.mp4")]),
      ]),
    ])
    #expect(try await give(onTheBus, to: [sounds, clips]) == nil)
    #expect(clips.reasons.withLock { $0.count } == 2)
  }

  @Test("a failure whose event is of no service becomes a general document, and no service is asked")
  func unknown() async throws {
    let foreign = [
      event("elsewhere", "made"), event("sounds", "other"), created(in: "other"),
      .object(["source": .string("elsewhere")]), .object(["key": .string("a.mp4")]), .null,
    ]
    for event in foreign {
      let document = try #require(try await give(event, to: [clips, sounds]))
      #expect(document.event == event)
      #expect(document.status == .failed)
      #expect(document.reason == "gave up after 3 attempts: disk full")
      #expect(document.function == "arn:x")
    }
    #expect(clips.reasons.withLock { $0.isEmpty } && sounds.reasons.withLock { $0.isEmpty })
  }

  @Test("an event of a service that does not say what it is about becomes a general document too")
  func unreadable() async throws {
    let none = Recorder([.event(source: "clips", detailType: "made")], knows: false)
    #expect(try await give(event("clips", "made"), to: [none])?.event == event("clips", "made"))
  }

  @Test("what is no record of a failure is refused")
  func refused() async throws {
    let register = FailureRegister(services: services, recorders: [], bucket: "cache")
    await #expect(throws: InvocationFailure.Invalid.self) {
      try await register.record(.object([:]), requestID: "r")
    }
  }
}
