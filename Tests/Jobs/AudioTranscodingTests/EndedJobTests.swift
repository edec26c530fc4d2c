import AudioJobs
import AudioTranscoding
import MediaJobs
import ObjectStore
import TestStores
import Testing

/// Nothing of a job that has ended stays, whichever step comes last.
@Suite struct EndedJobTests {
  @Test("a part that is written after the cancellation is removed")
  func aPartThatIsWrittenAfterTheCancellationIsRemoved() async throws {
    let fixture = try await JobFixture()
    let parts = try await fixture.plan()
    #expect(parts.count == 3)
    // The cancellation lists and deletes before the part is there.
    fixture.cancel(before: .put, fixture.job.dataKey(1))
    for part in parts { try await fixture.process(part) }
    #expect(try await fixture.folder.document()?.status == .cancelled)
    #expect(try await fixture.leftovers() == [])
    // No join is asked for.
    #expect(fixture.announced().isEmpty)
  }

  @Test("a job that is cancelled while it is planned leaves no mark")
  func aJobThatIsCancelledWhileItIsPlannedLeavesNoMark() async throws {
    let fixture = try await JobFixture()
    fixture.cancel(before: .put, fixture.job.runningKey)
    #expect(try await fixture.plan().isEmpty)
    #expect(try await fixture.leftovers() == [])
  }

  @Test("the next try of a step that was killed removes what it wrote")
  func theNextTryOfAStepThatWasKilledRemovesWhatItWrote() async throws {
    let fixture = try await JobFixture()
    let parts = try await fixture.plan()
    try await fixture.ending.cancel(fixture.job)
    // Killed between writing the part and looking at the job.
    _ = try await fixture.store.put([1], as: fixture.job.dataKey(0), in: JobFixture.bucket)
    #expect(try await fixture.process(parts[0]) == .superseded)
    #expect(try await fixture.leftovers() == [])
  }

  @Test("the cleanup removes what no step removed")
  func theCleanUpRemovesWhatNoStepRemoved() async throws {
    let (ended, running) = (try await JobFixture(), try await JobFixture())
    for fixture in [ended, running] { _ = try await fixture.plan() }
    try await ended.ending.cancel(ended.job)
    for fixture in [ended, running] {
      _ = try await fixture.store.put([1], as: fixture.job.dataKey(0), in: JobFixture.bucket)
      _ = try await fixture.jobs.sweep()
    }
    #expect(try await ended.leftovers() == [])
    #expect(try await running.leftovers().contains(running.job.dataKey(0)))
  }

  @Test("a step whose data were removed need not be tried again")
  func aStepWhoseDataWereRemovedNeedNotBeTriedAgain() async throws {
    let fixture = try await JobFixture()
    for part in try await fixture.plan() { try await fixture.process(part) }
    let joins = fixture.announced()
    #expect(joins.count == 1)
    fixture.cancel(before: .get, fixture.job.planKey)
    #expect(try await fixture.process(joins[0]) == .superseded)
    #expect(try await fixture.leftovers() == [])
  }
}

/// What a host leaves that ended before a job had.
@Suite struct InterruptedJobTests {
  @Test("a job without its upload is interrupted")
  func aJobWithoutItsUploadIsInterrupted() async throws {
    let fixture = try await JobFixture(hasSource: false)
    #expect(try await fixture.jobs.resumeLost(after: .milliseconds(1)) == 0)
    let document = try #require(try await fixture.folder.document())
    #expect(document.status == .failed)
    #expect(document.error?.code == "Interrupted")
    #expect(document.error?.message.contains("post it again") == true)
    #expect(try await fixture.leftovers() == [])
    #expect(fixture.announced().isEmpty)
  }

  @Test("a lost job goes on without making its parts again")
  func aLostJobGoesOnWithoutMakingItsPartsAgain() async throws {
    let fixture = try await JobFixture()
    let parts = try await fixture.plan()
    try await fixture.process(parts[0])
    let made = try await fixture.store.listAll(bucket: JobFixture.bucket, prefix: fixture.job.dataPrefix).map(\.key)
      .filter { $0 != fixture.job.sourceKey }
    #expect(made.count == 1)
    // The queue went with the host: what the first step had announced is lost.
    #expect(try await fixture.jobs.resumeLost(after: .milliseconds(1)) == 1)
    let written = try await fixture.written { try await fixture.run(fixture.announced()) }
    #expect(Set(written).isDisjoint(with: made))
    #expect(Set(written).isSuperset(of: Set((0..<3).map(fixture.job.dataKey)).subtracting(made)))
    #expect(try await fixture.folder.document()?.status == .ready)
    #expect(try await fixture.leftovers() == [])
  }
}

@Suite struct JoinTests {
  /// Each source keeps what was read last, so that all at once would take memory with the file's length.
  @Test("parts are opened one after the other")
  func partsAreOpenedOneAfterTheOther() async throws {
    let fixture = try await JobFixture()
    try await fixture.run(fixture.plan())
    #expect(try await fixture.folder.document()?.status == .ready)
    #expect(fixture.store.counts.mostOpen == 1)
  }
}
