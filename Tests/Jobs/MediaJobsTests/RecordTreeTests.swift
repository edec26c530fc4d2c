import MediaJobs
import ObjectStore
import TestStores
import Testing

@Suite("Record tree")
struct RecordTreeTests {
  struct Part: Codable, Sendable, Equatable {
    var number: Int
    var run = 0
  }

  private let store = ObservedStore(MemoryStore())

  private func tree(_ count: Int, fanOut: Int = 4) -> RecordTree<Part> {
    RecordTree(
      documents: DocumentStore(objects: store), bucket: "jobs", count: count, prefix: "job/", fanOut: fanOut
    ) { "job/\($0).json" }
  }

  private func finish(_ number: Int, of count: Int, run: Int = 0) async throws -> [Part]? {
    let part = Part(number: number, run: run)
    try await DocumentStore(objects: store).write(part, at: "job/\(number).json", in: "jobs")
    return try await tree(count).records(after: part, at: number)
  }

  @Test(
    "in whichever order parts end, the last one and only that gets all records in order",
    arguments: [1, 2, 4, 5, 16, 17, 64, 70], [0, 1, 2])
  func lastGetsAll(count: Int, order: Int) async throws {
    let numbers =
      switch order {
      case 0: Array(0..<count)
      case 1: Array((0..<count).reversed())
      default: (0..<count).sorted { ($0 * 7919) % 101 < ($1 * 7919) % 101 }
      }
    for (step, number) in numbers.enumerated() {
      let records = try await finish(number, of: count)
      if step == count - 1 {
        #expect(records?.map(\.number) == Array(0..<count))
      } else {
        #expect(records == nil)
      }
    }
  }

  @Test("workers that end at the same time never both stop short")
  func race() async throws {
    for round in 0..<20 {
      let documents = DocumentStore(objects: store)
      let prefix = "race-\(round)/"
      let raced = RecordTree<Part>(documents: documents, bucket: "jobs", count: 9, prefix: prefix, fanOut: 3) {
        "\(prefix)\($0).json"
      }
      let finished = try await withThrowingTaskGroup(of: Bool.self) { group in
        for number in 0..<9 {
          group.addTask {
            let part = Part(number: number)
            try await documents.write(part, at: "\(prefix)\(number).json", in: "jobs")
            return try await raced.records(after: part, at: number) != nil
          }
        }
        return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
      }
      #expect(finished >= 1)
    }
  }

  @Test("a part that is done again replaces what the summaries said of it")
  func doneAgain() async throws {
    for number in 0..<9 { _ = try await finish(number, of: 9) }
    let records = try await finish(2, of: 9, run: 1)
    #expect(records?[2] == Part(number: 2, run: 1))
    #expect(records?.count == 9)
  }

  @Test("nothing is listed, and requests stay in proportion to the parts")
  func cost() async throws {
    let count = 300
    for number in 0..<count { _ = try await finish(number, of: count) }
    let counts = store.counts
    #expect(counts.listedKeys == 0)
    #expect(counts.reads <= 3 * count)
    #expect(counts.writes <= 2 * count)
  }

  @Test(
    "of parts that end in order, those that have ended are found by few reads, without listing",
    arguments: [1, 5, 17, 70])
  func ended(count: Int) async throws {
    for number in 0..<count {
      _ = try await finish(number, of: count)
      let before = store.counts
      let found = try await tree(count).endedRecords(near: number)
      #expect(found.map(\.number) == Array(0...number))
      #expect(store.counts.listedKeys == 0)
      #expect(store.counts.reads - before.reads <= 30)
    }
  }

  @Test("parts of a second run are found as well, by the first run once the second has ended a group")
  func endedRuns() async throws {
    let count = 64
    for step in 0..<20 {
      _ = try await finish(step, of: count)
      _ = try await finish(37 + step, of: count)
      let expected = Array(0...step) + Array(37...37 + step)
      #expect(try await tree(count).endedRecords(near: 37 + step).map(\.number) == expected)
      if step >= 2 { #expect(try await tree(count).endedRecords(near: step).map(\.number).count >= step + 1) }
    }
    let both = Array(0...19) + Array(37...56)
    #expect(try await tree(count).endedRecords(near: 19).map(\.number) == both)
  }
}
