import AudioJobs
import Core
import EventBus
import FoundationEssentials
import Logging
import MediaJobs
import ObjectStore
import S3Protocol
import Synchronization
import Testing

@Suite struct TicketTests {
  private let job = TranscodeJob.make()
  private let secret = JobTicket.Secret.make()

  @Test("a ticket opens its job until it expires")
  func aTicketOpensItsJobUntilItExpires() {
    let ticket = JobTicket.issue(job, secret, now: 1000)
    #expect(JobTicket.isValid(ticket, job, secret, now: 1000))
    #expect(JobTicket.isValid(ticket, job, secret, now: 1000 + JobTicket.life - 1))
    #expect(!JobTicket.isValid(ticket, job, secret, now: 1000 + JobTicket.life))
  }

  @Test("a ticket opens nothing else")
  func aTicketOpensNothingElse() {
    let ticket = JobTicket.issue(job, secret, now: 1000)
    #expect(!JobTicket.isValid(ticket, .make(), secret, now: 1000))
    #expect(!JobTicket.isValid(ticket, job, .make(), now: 1000))
    let signature = ticket.split(separator: ".")[1]
    for forged in ["", ".", "9999999999.\(signature)", "\(ticket)0", String(ticket.dropLast()), "x.\(signature)"] {
      #expect(!JobTicket.isValid(forged, job, secret, now: 1000))
    }
  }
}

@Suite struct JobNameTests {
  @Test(
    "other texts are no jobs",
    arguments: ["", "x", String(repeating: "g", count: 32), String(repeating: "A", count: 32), "../../secret"])
  func otherTextsAreNoJobs(_ text: String) { #expect(TranscodeJob(id: text) == nil) }

  @Test("events survive the bus")
  func eventsSurviveTheBus() throws {
    for kind in TranscodeEvent.Kind.allCases {
      for part in [nil, 3] {
        let event = TranscodeEvent(kind, .make(), part: part)
        let json = JSONValue.object([
          "source": .string(event.entry.source), "detail-type": .string(event.entry.detailType),
          "detail": event.entry.detail,
        ])
        #expect(try TranscodeEvent(json: json) == event)
      }
    }
  }
}

@Suite struct EndingTests {
  /// Takes what is announced, as the event bus would: each key once.
  private final class Bus: EventPublisher {
    private let state = Mutex((keys: Set<String>(), entries: [PutEventsEntry](), isAway: false))

    struct Away: ClassifiedError {
      var code: String { "Away" }
      var message: String { "the bus is away" }
      var isRetryable: Bool { true }
    }

    var entries: [PutEventsEntry] { state.withLock { $0.entries } }
    func leave() { state.withLock { $0.isAway = true } }
    func comeBack() { state.withLock { $0.isAway = false } }

    func publish(_ entries: [PutEventsEntry], idempotencyKey: String?) async throws {
      try state.withLock { state in
        if state.isAway { throw Away() }
        guard let idempotencyKey, !state.keys.insert(idempotencyKey).inserted else {
          state.entries += entries
          return
        }
      }
    }
  }

  private let bus = Bus()
  private let services: JobServices
  private let job = TranscodeJob.make()
  private var folder: JobFolder { job.folder(services.objects, bucket: "cache") }

  init() async throws {
    let root = FileManager.default.temporaryDirectory.path + "/endings-" + RequestID.make()
    services = JobServices(objects: FolderStore(root: root), publisher: bus, logger: Logger(label: "test"))
    let document = JobDocument(id: job.id, kind: TranscodeJob.kind, status: .processing, parts: 2, createdAt: 1)
    #expect(try await folder.create(document))
    for key in [job.sourceKey, job.dataKey(0), job.waitingKey, job.runningKey] {
      _ = try await services.objects.put([1], as: key, in: "cache")
    }
  }

  private func keys() async throws -> [String] {
    try await services.objects.listAll(bucket: "cache", prefix: "").map(\.key)
  }

  @Test("a job ends once and leaves its document only")
  func aJobEndsOnceAndLeavesItsDocumentOnly() async throws {
    let ending = TranscodeEnding(services: services, bucket: "cache")
    #expect(try await ending.finish(job, result: .object(["bytes": .integer(1)])))
    #expect(try await !ending.fail(job, code: "Late", "too late"))
    #expect(try await folder.document()?.status == .ready)
    #expect(try await keys() == [folder.documentKey])
  }

  @Test("the end of a job is announced once")
  func theEndOfAJobIsAnnouncedOnce() async throws {
    let ending = TranscodeEnding(services: services, bucket: "cache")
    _ = try await ending.fail(job, code: "NotAudio", "no sound")
    _ = try await ending.finish(job, result: .null)
    try await ending.removeIfEnded(job)
    let entry = try #require(bus.entries.first)
    #expect(bus.entries.count == 1)
    #expect((entry.source, entry.detailType) == ("zoetrope.transcoding", "transcodeFailed"))
    #expect(entry.detail["job"]?.stringValue == job.id)
    #expect(entry.detail["status"] == .string("failed"))
    #expect(entry.detail["error"] == .object(["code": .string("NotAudio"), "message": .string("no sound")]))
  }

  @Test("each kind of end has its name", arguments: [JobStatus.ready, .cancelled])
  func eachKindOfEndHasItsName(_ status: JobStatus) async throws {
    let ending = TranscodeEnding(services: services, bucket: "cache")
    let result = JSONValue.object(["key": .string("transcoding/results/a.mp3")])
    if status == .ready { _ = try await ending.finish(job, result: result) } else { try await ending.cancel(job) }
    let entry = try #require(bus.entries.first)
    #expect(entry.detailType == (status == .ready ? "transcodeReady" : "transcodeCancelled"))
    #expect(entry.detail["result"] == (status == .ready ? result : nil))
    #expect(entry.detail["bucket"] == .string("cache"))
  }

  @Test("an end that was not announced is announced by the next try")
  func anEndThatWasNotAnnouncedIsAnnouncedByTheNextTry() async throws {
    let ending = TranscodeEnding(services: services, bucket: "cache")
    bus.leave()
    await #expect(throws: Bus.Away.self) { try await ending.finish(job, result: .null) }
    #expect(try await folder.document()?.status == .ready)
    bus.comeBack()
    #expect(try await ending.removeIfEnded(job))
    #expect(bus.entries.map(\.detailType) == ["transcodeReady"])
    #expect(try await keys() == [folder.documentKey])
  }

  @Test("a job whose function gave up has failed")
  func aJobWhoseFunctionGaveUpHasFailed() async throws {
    let entry = TranscodeEvent(.transcodePartRequested, job, part: 1).entry
    let event = JSONValue.object([
      "source": .string(entry.source), "detail-type": .string(entry.detailType), "detail": entry.detail,
    ])
    let record = JSONValue.object([
      "requestPayload": event,
      "requestContext": .object(["approximateInvokeCount": .integer(3), "condition": .string("RetriesExhausted")]),
    ])
    let recorder = TranscodeFailures(services: services, bucket: "cache")
    #expect(try await recorder.record(InvocationFailure(record: record), requestID: "r"))
    let document = try #require(try await folder.document())
    #expect(document.status == .failed)
    #expect(document.error?.message.contains("3 attempts") == true)
    #expect(try await keys() == [folder.documentKey])
  }

  @Test("a job whose host ended is interrupted")
  func aJobWhoseHostEndedIsInterrupted() async throws {
    let entry = TranscodeEvent(.transcodePartRequested, job, part: 1).entry
    let record = JSONValue.object([
      "requestPayload": .object([
        "source": .string(entry.source), "detail-type": .string(entry.detailType), "detail": entry.detail,
      ]),
      "requestContext": .object(["approximateInvokeCount": .integer(0), "condition": .string("Interrupted")]),
      "responsePayload": .object(["errorMessage": .string("interrupted: the host ended")]),
    ])
    let recorder = TranscodeFailures(services: services, bucket: "cache")
    #expect(try await recorder.record(InvocationFailure(record: record), requestID: "r"))
    let failure = try #require(try await folder.document()?.error)
    #expect(failure.code == "Interrupted")
    #expect(failure.message == "interrupted: the host ended")
  }

  @Test("another service's failure is left alone")
  func anotherServicesFailureIsLeftAlone() async throws {
    let record = JSONValue.object(["requestPayload": .object(["source": .string("zoetrope.library")])])
    let recorder = TranscodeFailures(services: services, bucket: "cache")
    #expect(try await !recorder.record(InvocationFailure(record: record), requestID: "r"))
    #expect(try await folder.document()?.status == .processing)
  }
}
